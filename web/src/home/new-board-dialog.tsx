import { useState } from "react";
import { useLocation } from "wouter";
import type { OrgSnapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

const NEW = "new";
/** What the columns of a new board mean, in the order of `texts.home.columns`. */
const GROUPS = ["unstarted", "started", "completed"] as const;

export function NewBoardDialog({ org, onClose }: { org: OrgSnapshot; onClose: () => void }) {
  const trestle = useTrestle();
  const [, go] = useLocation();
  const projects = org.projects.filter(({ state }) => state === "open");
  const [chosen, setChosen] = useState(projects[0]?.id ?? NEW);
  const orgId = org.org.id;
  const create = async (values: FormData) => {
    const projectId = chosen === NEW ? await createProject(values) : chosen;
    const columns = texts.home.columns.map((name, place) => ({ name, stateGroup: GROUPS[place] ?? "unstarted" }));
    const board = await trestle.boards.create.mutate({ orgId, projectId, name: textOf(values, "name"), columns });
    go(`/boards/${board.id}`);
  };
  const createProject = async (values: FormData) => {
    const project = { orgId, name: textOf(values, "projectName"), key: textOf(values, "key") };
    const { id } = await trestle.projects.create.mutate(project);
    // If the board is refused, the project is there to choose.
    setChosen(id);
    return id;
  };
  return (
    <Dialog label={texts.home.newBoard} onClose={onClose}>
      <Form action={texts.create} onSend={create} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField label={texts.home.boardName} name="name" required maxLength={200} wrong={wrong["name"]} />
            {projects.length > 0 && (
              <SelectField
                label={texts.home.project}
                value={chosen}
                onChange={(event) => setChosen(event.target.value)}
              >
                {projects.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
                <option value={NEW}>{texts.home.newProject}</option>
              </SelectField>
            )}
            {chosen === NEW && (
              <>
                <TextField label={texts.home.projectName} name="projectName" required maxLength={100} />
                <TextField
                  label={texts.home.projectKey}
                  name="key"
                  required
                  pattern="[A-Za-z][A-Za-z0-9]{1,9}"
                  hint={texts.home.projectKeySays}
                  wrong={wrong["key"]}
                />
              </>
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}
