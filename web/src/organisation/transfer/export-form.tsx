import type { OrgSnapshot } from "../../../../client/index.ts";
import { useTrestle } from "../../../../client/react/index.ts";
import { transferTexts } from "../../texts/transfer.ts";
import { SelectField } from "../../ui/field.tsx";
import { Form, textOf } from "../../ui/form.tsx";
import { Section } from "../../ui/section.tsx";

/** Begins an export, which is then among what is under way. */
export function ExportForm({ org, mayExportAll }: { org: OrgSnapshot; mayExportAll: boolean }) {
  const { archives } = useTrestle();
  const orgId = org.org.id;
  const begin = (values: FormData) => {
    const [kind, id = ""] = textOf(values, "what").split(" ");
    if (kind === "board") return archives.exportBoard.mutate({ boardId: id });
    return archives.export.mutate({ orgId, ...(kind === "project" && { projectId: id }) });
  };
  return (
    <Section title={transferTexts.exportTitle} level={2}>
      <p className="text-quiet">{transferTexts.exportSays}</p>
      <Form action={transferTexts.start} onSend={begin}>
        {() => (
          <SelectField label={transferTexts.what} name="what">
            {mayExportAll && <option value="all">{transferTexts.everything}</option>}
            {org.projects.map((project) => (
              <optgroup key={project.id} label={project.name}>
                {mayExportAll && (
                  <option value={`project ${project.id}`}>
                    {transferTexts.project}: {project.name}
                  </option>
                )}
                {org.boards
                  .filter(({ projectId }) => projectId === project.id)
                  .map(({ id, name }) => (
                    <option key={id} value={`board ${id}`}>
                      {name}
                    </option>
                  ))}
              </optgroup>
            ))}
          </SelectField>
        )}
      </Form>
    </Section>
  );
}
