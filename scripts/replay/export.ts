import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { TrelloCard, TrelloLabel, TrelloList, TrelloMember } from "../../server/domains/work/trello-export.ts";

/** A replay that cannot begin or go on, with one sentence for whoever started it. */
export class ReplayError extends Error {}

const MAX_FILE_BYTES = 100 << 20;

/** A field of an action that has another shape than the ones we know says nothing to us. */
function known<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

const Fields = z.object({
  name: known(z.string()),
  closed: known(z.boolean()),
  pos: known(z.number()),
  idList: known(z.string()),
  desc: known(z.string()),
  due: known(z.string().nullable()),
  idLabels: known(z.array(z.string())),
  idMembers: known(z.array(z.string())),
});
/** What an action says of a card or list: some of its fields. */
export type Fields = z.infer<typeof Fields>;

const Thing = known(Fields.extend({ id: z.string() }));

const TrelloAction = z.object({
  type: z.string(),
  idMemberCreator: known(z.string()),
  memberCreator: known(TrelloMember),
  member: known(TrelloMember),
  data: z.object({
    card: Thing,
    list: Thing,
    listAfter: Thing,
    /** What the fields that changed were before; also those that are not read here. */
    old: known(Fields.loose()),
    idMember: known(z.string()),
    label: known(TrelloLabel),
  }),
});
export type TrelloAction = z.infer<typeof TrelloAction>;

/** What a replay reads of an export. */
const TrelloHistory = z.object({
  name: z.string(),
  lists: z.array(TrelloList),
  cards: z.array(TrelloCard),
  labels: z.array(TrelloLabel).default([]),
  members: z.array(TrelloMember).default([]),
  /** Newest first. */
  actions: z.array(TrelloAction),
});
export type TrelloHistory = z.infer<typeof TrelloHistory>;

/** Reads an export. Fails with a ReplayError that says what is wrong with the file. */
export async function readExport(file: string): Promise<TrelloHistory> {
  const text = await readText(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReplayError(`${file} is not JSON.`, { cause: error });
  }
  return toHistory(json, file);
}

/** The history in a parsed export. Fails with a ReplayError. */
export function toHistory(json: unknown, file: string): TrelloHistory {
  const parsed = TrelloHistory.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? `its ${issue.path.join(".")}` : "it";
  throw new ReplayError(`${file} is JSON, but not the export of a Trello board: ${where} has another shape.`);
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new ReplayError(`${file} is larger than 100 MiB.`);
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new ReplayError(`There is no file ${file}.`, { cause: error });
    if (code === "EISDIR") throw new ReplayError(`${file} is a directory.`, { cause: error });
    if (code === "EACCES") throw new ReplayError(`This user may not read ${file}.`, { cause: error });
    throw error;
  }
}
