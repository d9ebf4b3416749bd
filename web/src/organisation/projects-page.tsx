import { useState } from "react";
import { Link } from "wouter";
import type { OrgSnapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { ArchivedBoards } from "./archived-boards.tsx";
import { Plans } from "./plans.tsx";
import { ProjectViews } from "./project-views.tsx";
import { useReadAgain } from "../home/org-queries.ts";

type Project = OrgSnapshot["projects"][number];

/** The projects of an organisation, with their milestones and sprints. */
export function ProjectsPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="projects">
      {(found) => <Projects {...found} />}
    </OrgFrame>
  );
}

function Projects({ org, may }: InOrg) {
  const [changed, setChanged] = useState<Project | "new">();
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{orgTexts.projects.title(org.org.name)}</h1>
        {may("project:create") && <Button onClick={() => setChanged("new")}>{orgTexts.projects.create}</Button>}
      </div>
      {org.projects.length === 0 && <p>{orgTexts.projects.none}</p>}
      <ul className="flex flex-col gap-3">
        {org.projects.map((project) => (
          <li key={project.id} className="flex flex-col gap-3 rounded-md border border-line bg-surface p-3">
            <OneProject {...{ org, may, project }} onRename={() => setChanged(project)} />
            <OpenBoards name={project.name} boards={org.boards.filter((board) => board.projectId === project.id)} />
            <ArchivedBoards boards={org.boards.filter((board) => board.projectId === project.id)} />
            {may("view:read") && <ProjectViews {...{ org, may, project }} />}
            <Plans orgId={org.org.id} project={project} may={may} />
          </li>
        ))}
      </ul>
      {changed && (
        <ProjectDialog
          orgId={org.org.id}
          project={changed === "new" ? undefined : changed}
          onClose={() => setChanged(undefined)}
        />
      )}
    </>
  );
}

function OneProject({ org, may, project, onRename }: InOrg & { project: Project; onRename: () => void }) {
  const { projects } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const orgId = org.org.id;
  const { id: projectId, key, name, state } = project;
  const boards = org.boards.filter((board) => board.projectId === projectId);
  const isOpen = state === "open";
  return (
    <div className="flex flex-wrap items-center gap-3">
      <h2 className="min-w-36 flex-1 font-semibold wrap-anywhere">
        {name}
        <span className="block text-sm font-normal text-quiet">
          {key} · {orgTexts.projects.boards(boards.length)}
          {!isOpen && ` · ${orgTexts.projects.archived}`}
        </span>
      </h2>
      {may("project:update") && (
        <Button aria-label={orgTexts.projects.rename(name)} onClick={onRename}>
          {orgTexts.projects.renameIt}
        </Button>
      )}
      {isOpen && may("project:archive") && (
        <Button
          aria-label={orgTexts.projects.archive(name)}
          onClick={() => act(() => projects.archive.mutate({ orgId, projectId }))}
        >
          {orgTexts.projects.archiveIt}
        </Button>
      )}
      {!isOpen && may("project:update") && (
        <Button
          aria-label={orgTexts.projects.restore(name)}
          onClick={() => act(() => projects.update.mutate({ orgId, projectId, state: "open" }))}
        >
          {orgTexts.projects.restoreIt}
        </Button>
      )}
      {boards.length === 0 && may("project:delete") && (
        <AskedButton
          label={orgTexts.projects.remove(name)}
          action={orgTexts.projects.removeIt}
          says={orgTexts.projects.removeSays}
          onSure={() => act(() => projects.delete.mutate({ orgId, projectId }))}
        />
      )}
      <Trouble says={trouble} />
      {dialog}
    </div>
  );
}

/** The boards of a project that one may open. */
function OpenBoards({ name, boards }: { name: string; boards: OrgSnapshot["boards"] }) {
  const open = boards.filter(({ state }) => state === "open");
  if (open.length === 0) return null;
  return (
    <ul aria-label={orgTexts.projects.boardsOf(name)} className="flex flex-wrap gap-x-4 gap-y-1">
      {open.map((board) => (
        <li key={board.id} className="min-w-0">
          <Link href={`/boards/${board.id}`} className="text-accent underline wrap-anywhere">
            {board.name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** A project that is made, or has another name: its key stays. */
function ProjectDialog({
  orgId,
  project,
  onClose,
}: {
  orgId: string;
  project: Project | undefined;
  onClose: () => void;
}) {
  const { projects } = useTrestle();
  const readAgain = useReadAgain();
  const send = async (values: FormData) => {
    const name = textOf(values, "name");
    if (project) await projects.update.mutate({ orgId, projectId: project.id, name });
    else await projects.create.mutate({ orgId, name, key: textOf(values, "key") });
    readAgain();
    onClose();
  };
  return (
    <Dialog label={project ? orgTexts.projects.rename(project.name) : orgTexts.projects.create} onClose={onClose}>
      <Form action={project ? texts.save : texts.create} onSend={send} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField
              label={texts.home.projectName}
              name="name"
              defaultValue={project?.name}
              required
              maxLength={100}
              wrong={wrong["name"]}
            />
            {!project && (
              <TextField
                label={texts.home.projectKey}
                name="key"
                required
                pattern="[A-Za-z][A-Za-z0-9]{1,9}"
                hint={texts.home.projectKeySays}
                wrong={wrong["key"]}
              />
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}
