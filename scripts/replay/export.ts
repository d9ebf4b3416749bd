import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import {
  TrelloCard,
  TrelloChecklist,
  TrelloLabel,
  TrelloList,
  TrelloMember,
} from "../../server/domains/work/imports/trello-export.ts";

/** A replay that cannot begin or go on, with one sentence for whoever started it. */
export class ReplayError extends Error {}

const MAX_FILE_BYTES = 100 << 20;

const TrelloAction = z.object({
  type: z.string(),
  idMemberCreator: z.string().nullish(),
  memberCreator: TrelloMember.nullish(),
  member: TrelloMember.nullish(),
  /** Its shape depends on the type. */
  data: z.unknown(),
});
export type TrelloAction = z.infer<typeof TrelloAction>;

/** What a replay reads of an export. */
const TrelloExport = z.object({
  name: z.string(),
  lists: z.array(TrelloList),
  cards: z.array(TrelloCard),
  labels: z.array(TrelloLabel).default([]),
  members: z.array(TrelloMember).default([]),
  checklists: z.array(TrelloChecklist).default([]),
  /** Newest first. */
  actions: z.array(TrelloAction),
});
export type TrelloExport = z.infer<typeof TrelloExport>;

/** Reads an export from a file. Fails with a ReplayError that says what is wrong with it. */
export async function readExport(file: string): Promise<TrelloExport> {
  const text = await readText(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReplayError(`${file} is not JSON.`, { cause: error });
  }
  return toExport(json, file);
}

/** The export in parsed JSON. Fails with a ReplayError. */
export function toExport(json: unknown, file: string): TrelloExport {
  const parsed = TrelloExport.safeParse(json);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  const what = path === "" ? "it is no object" : `"${path}" is missing or has another shape`;
  throw new ReplayError(`${file} is JSON, but not the export of a Trello board with its actions: ${what}.`);
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
