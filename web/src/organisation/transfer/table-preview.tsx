import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Import, ImportMapping, ImportPreview, ImportTarget } from "../../../../client/index.ts";
import { useTrestle } from "../../../../client/react/index.ts";
import { shownInstant } from "../../texts.ts";
import { TARGETS, transferTexts } from "../../texts/transfer.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { saysOf } from "../../ui/form.tsx";
import { Loading } from "../../ui/loading.tsx";
import { Section } from "../../ui/section.tsx";
import { Trouble } from "../../ui/trouble.tsx";
import { Wide } from "../../ui/wide.tsx";
import { Named } from "./named.tsx";

/** A table before it is imported: what its columns are, what its rows would become, and what is wrong with them. */
export function TablePreview({ found, onStarted }: { found: Import; onStarted: () => void }) {
  const { imports } = useTrestle();
  const [mapping, setMapping] = useState<ImportMapping>();
  const [refused, setRefused] = useState<string>();
  const [isStarting, setStarting] = useState(false);
  const { id: importId, orgId, projectId } = found;
  const { data: preview, error } = useQuery({
    queryKey: ["import-preview", importId, mapping],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: () => imports.preview.query({ orgId, importId, ...(mapping && { mapping }) }),
  });
  if (!preview) return error ? <Trouble says={saysOf(error)} /> : <Loading />;
  const start = async () => {
    setRefused(undefined);
    setStarting(true);
    try {
      await imports.start.mutate({ orgId, importId, mapping: mapping ?? preview.mapping });
      onStarted();
    } catch (cause) {
      setRefused(saysOf(cause));
    } finally {
      setStarting(false);
    }
  };
  return (
    <>
      <p className="text-quiet">{transferTexts.rowCount(preview.rowCount)}</p>
      {found.source !== "github" && (
        <Columns
          preview={preview}
          mapping={mapping ?? preview.mapping}
          orgId={orgId}
          projectId={projectId}
          onChange={setMapping}
        />
      )}
      <Rows rows={preview.rows} />
      <ul className="flex flex-col gap-1">
        {preview.problems.map(({ kind, says, count, firstRow }) => (
          <li key={kind}>
            {says} <span className="text-quiet">{transferTexts.problems(count, firstRow)}</span>
          </li>
        ))}
      </ul>
      <Named title={transferTexts.newColumns} names={preview.newColumns.map(({ name }) => name)} />
      <Named title={transferTexts.newLabels} names={preview.newLabels} />
      <Named title={transferTexts.unknownPeople} names={preview.unknownPeople} />
      <Trouble says={refused ?? (error ? saysOf(error) : undefined)} />
      <Button look="primary" className="self-start" disabled={isStarting} onClick={() => void start()}>
        {transferTexts.begin}
      </Button>
    </>
  );
}

const IGNORED = "";
const FIELD = "field:";
const DATES = ["iso", "dmy", "mdy"] as const;

interface ColumnsProps {
  readonly preview: ImportPreview;
  readonly mapping: ImportMapping;
  readonly orgId: string;
  readonly projectId: string;
  readonly onChange: (mapping: ImportMapping) => void;
}

/** What each column of the table is taken for, and how what it holds is read. */
function Columns({ preview, mapping, orgId, projectId, onChange }: ColumnsProps) {
  const { fields } = useTrestle();
  const { data } = useQuery({
    queryKey: ["fields", projectId],
    retry: false,
    queryFn: () => fields.get.query({ orgId, projectId }),
  });
  const own = (data?.fields ?? []).filter(({ state }) => state === "open");
  const take = (column: number, said: string) => {
    const others = mapping.columns.filter((one) => one.column !== column);
    const [to, fieldId] = said.startsWith(FIELD) ? (["field", said.slice(FIELD.length)] as const) : [said, undefined];
    const taken = isTarget(to) ? [{ column, to, ...(fieldId !== undefined && { fieldId }) }] : [];
    onChange({ ...mapping, columns: [...others, ...taken].toSorted((a, b) => a.column - b.column) });
  };
  return (
    <Section title={transferTexts.mapping}>
      <div className="grid gap-3 sm:grid-cols-2">
        {preview.columns.map(({ column, name }) => {
          const one = mapping.columns.find((mapped) => mapped.column === column);
          const value = one?.to === "field" ? FIELD + (one.fieldId ?? "") : (one?.to ?? IGNORED);
          return (
            <SelectField
              key={column}
              label={name === "" ? String(column + 1) : name}
              value={value}
              onChange={(event) => take(column, event.target.value)}
            >
              <option value={IGNORED}>{transferTexts.ignored}</option>
              {Object.entries(TARGETS)
                .filter(([target]) => target !== "field")
                .map(([target, name]) => (
                  <option key={target} value={target}>
                    {name}
                  </option>
                ))}
              {own.map((field) => (
                <option key={field.id} value={FIELD + field.id}>
                  {field.name}
                </option>
              ))}
            </SelectField>
          );
        })}
        <SelectField
          label={transferTexts.dates}
          value={mapping.dates}
          onChange={(event) =>
            onChange({ ...mapping, dates: DATES.find((order) => order === event.target.value) ?? "iso" })
          }
        >
          {DATES.map((order) => (
            <option key={order} value={order}>
              {transferTexts.dateOrders[order]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={transferTexts.missing}
          value={mapping.missing}
          onChange={(event) => onChange({ ...mapping, missing: event.target.value === "refuse" ? "refuse" : "create" })}
        >
          <option value="create">{transferTexts.missingCreate}</option>
          <option value="refuse">{transferTexts.missingRefuse}</option>
        </SelectField>
      </div>
    </Section>
  );
}

function isTarget(name: string): name is ImportTarget {
  return Object.hasOwn(TARGETS, name);
}

/** The first rows as the tasks that they would become. */
function Rows({ rows }: { rows: ImportPreview["rows"] }) {
  return (
    <Wide label={transferTexts.preview}>
      <table className="w-full text-left text-sm">
        <caption className="pb-2 text-left font-semibold">{transferTexts.preview}</caption>
        <thead>
          <tr className="text-quiet">
            {[transferTexts.row, transferTexts.task, transferTexts.column, transferTexts.due, transferTexts.answer].map(
              (head) => (
                <th key={head} scope="col" className="px-2 py-1 font-medium">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, title, column, dueAt, refusal, says, isThere }) => (
            <tr key={row} className="border-t border-line">
              <td className="px-2 py-1">{row}</td>
              <td className="px-2 py-1 wrap-anywhere">{title}</td>
              <td className="px-2 py-1 wrap-anywhere">{column}</td>
              <td className="px-2 py-1 whitespace-nowrap">{dueAt === null ? "" : shownInstant(dueAt)}</td>
              <td className={`px-2 py-1 ${refusal === null ? "text-quiet" : "text-danger"}`}>
                {says ?? (isThere ? transferTexts.isThere : transferTexts.willBeMade)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
