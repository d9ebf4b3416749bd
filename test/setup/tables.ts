import type { Import } from "../../server/domains/work/imports/imports.contract.ts";
import type { ImportMapping, ImportRow } from "../../server/domains/work/imports/import-tables.contract.ts";
import { bodyOf, runImport, sendImport } from "./trello.ts";
import type { Person, TestOrg, World } from "./world.ts";

interface Announced {
  readonly by?: Person;
  readonly source?: Exclude<Import["source"], "trello">;
  readonly projectId?: string;
  readonly boardId?: string;
  readonly fileName?: string;
}

/** Announces the import of a table or of issues. */
export async function announceTable(world: World, org: TestOrg, announced: Announced = {}) {
  const { by = org.owner, source = "csv", boardId, fileName = "Tasks.csv" } = announced;
  const projectId = announced.projectId ?? (await org.project()).id;
  const { importId } = await by.caller.imports.create({ orgId: org.id, projectId, source, fileName, boardId });
  const target = { orgId: org.id, importId };
  const upload = (file: string | Uint8Array, person = by) => sendImport(world, person, importId, bodyOf(file));
  const preview = (mapping?: ImportMapping) => by.caller.imports.preview({ ...target, mapping });
  const start = async (change: Partial<ImportMapping> = {}) => {
    const { mapping } = await preview();
    return by.caller.imports.start({ ...target, mapping: { ...mapping, ...change } });
  };
  const get = () => by.caller.imports.get(target);
  return { importId, projectId, upload, preview, start, get, rows: () => rowsOf(by, target) };
}

/** Imports a file whole. */
export async function importTable(
  world: World,
  org: TestOrg,
  file: string | Uint8Array,
  { mapping, ...announced }: Announced & { mapping?: Partial<ImportMapping> } = {},
) {
  const table = await announceTable(world, org, announced);
  await table.upload(file);
  const started = await table.start(mapping);
  await runImport(world, org.id, started.operationId);
  return { ...table, ...started, found: await table.get() };
}

async function rowsOf({ caller }: Person, target: { orgId: string; importId: string }): Promise<ImportRow[]> {
  const rows: ImportRow[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await caller.imports.rows({ ...target, cursor, limit: 100 });
    rows.push(...page.items);
    cursor = page.nextCursor;
  }
  return rows;
}
