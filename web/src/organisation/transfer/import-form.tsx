import { useState } from "react";
import type { OrgSnapshot } from "../../../../client/index.ts";
import { useTrestle } from "../../../../client/react/index.ts";
import { transferTexts } from "../../texts/transfer.ts";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Form, textOf } from "../../ui/form.tsx";
import { Section } from "../../ui/section.tsx";

const SOURCES = ["trello", "csv", "jira", "github", "archive"] as const;
type Source = (typeof SOURCES)[number];
const ACCEPTS: Record<Source, string> = {
  trello: ".json",
  csv: ".csv,.tsv,.txt",
  jira: ".csv",
  github: ".json",
  archive: ".zip",
};
const NONE = "";

interface Props {
  readonly org: OrgSnapshot;
  /** There is an import to look at. */
  readonly onImport: (importId: string) => void;
}

/** Sends a file: what is a table is looked at then, and all else is made at once. */
export function ImportForm({ org, onImport }: Props) {
  const trestle = useTrestle();
  const projects = org.projects.filter(({ state }) => state === "open");
  const [source, setSource] = useState<Source>("trello");
  const [projectId, setProjectId] = useState(projects[0]?.id ?? NONE);
  const [isSending, setSending] = useState(false);
  const orgId = org.org.id;
  const boards = org.boards.filter((board) => board.projectId === projectId && board.state === "open");
  const isTable = source !== "trello" && source !== "archive";

  const send = async (values: FormData) => {
    const file = values.get("file");
    if (!(file instanceof File)) return;
    setSending(true);
    try {
      const target = { orgId, fileName: file.name.slice(-255) };
      const boardId = textOf(values, "board");
      if (source === "archive") {
        await trestle.importArchive({ ...target, ...(projectId !== NONE && { projectId }) }, file);
      } else if (source === "trello") {
        const { importId } = await trestle.importTrello({ ...target, projectId }, file);
        onImport(importId);
      } else {
        const table = { ...target, projectId, source, ...(boardId !== NONE && { boardId }) };
        const { importId } = await trestle.sendTable(table, file);
        onImport(importId);
      }
    } finally {
      setSending(false);
    }
  };
  if (projects.length === 0 && source !== "archive") {
    return (
      <Section title={transferTexts.importTitle} level={2}>
        <p className="text-quiet">{transferTexts.noProject}</p>
      </Section>
    );
  }
  return (
    <Section title={transferTexts.importTitle} level={2}>
      <Form action={transferTexts.send} onSend={send}>
        {(wrong) => (
          <>
            <SelectField
              label={transferTexts.source}
              value={source}
              onChange={(event) => setSource(SOURCES.find((one) => one === event.target.value) ?? "trello")}
            >
              {SOURCES.map((one) => (
                <option key={one} value={one}>
                  {transferTexts.sources[one]}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={transferTexts.project}
              value={projectId}
              wrong={wrong["projectId"]}
              onChange={(event) => setProjectId(event.target.value)}
            >
              {source === "archive" && <option value={NONE}>{transferTexts.ownProjects}</option>}
              {projects.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            {isTable && (
              <SelectField label={transferTexts.board} name="board" defaultValue={NONE} wrong={wrong["boardId"]}>
                <option value={NONE}>{transferTexts.newBoard}</option>
                {boards.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </SelectField>
            )}
            <TextField
              label={transferTexts.file}
              name="file"
              type="file"
              required
              accept={ACCEPTS[source]}
              wrong={
                Object.entries(wrong)
                  .filter(([name]) => name !== "projectId" && name !== "boardId")
                  .map(([name, says]) => `${name}: ${says}`)
                  .join(" ") || undefined
              }
            />
            <p role="status" className="text-quiet empty:hidden">
              {isSending ? transferTexts.sending : ""}
            </p>
          </>
        )}
      </Form>
    </Section>
  );
}
