import type { SignedInUser } from "../../server/core/context.ts";
import { AppError } from "../../server/core/app-error.ts";
import { importWorker } from "../../server/domains/work/imports/import-operation.ts";
import type { Board } from "../../server/domains/work/boards.contract.ts";
import type { ImportReport } from "../../server/domains/work/imports/imports.contract.ts";
import { type ErrorKind, ERRORS } from "../../server/errors.ts";
import { receiveImport } from "../../server/domains/work/imports/imports.upload.ts";
import type { Person, TestOrg, World } from "./world.ts";

interface Card {
  id: string;
  name: string;
  idList: string;
  pos: number;
  idShort: number;
  closed?: boolean;
  desc?: string;
  due?: string | null;
  dateLastActivity?: string;
  idLabels?: string[];
  idMembers?: string[];
  [more: string]: unknown;
}

/** A small export by hand: two open lists and an archived one, out of order as Trello writes them. */
export function smallExport() {
  const cards: Card[] = [
    { id: cardId(1), name: "Second", idList: "todo", pos: 200, idShort: 1, idLabels: ["red"], idMembers: ["m1", "m2"] },
    {
      id: cardId(2),
      name: "First",
      idList: "todo",
      pos: 100.5,
      idShort: 2,
      desc: "Read me",
      due: "2030-05-01T10:00:00.000Z",
    },
    { id: cardId(3), name: "Gone", idList: "todo", pos: 150, idShort: 3, closed: true },
    { id: cardId(4), name: "Hidden", idList: "old", pos: 1, idShort: 4 },
    { id: cardId(5), name: "Finished", idList: "done", pos: 1, idShort: 5, idLabels: ["none", "red"] },
  ];
  return {
    id: "b0a4d0000000000000000001",
    name: "Kitchen",
    actions: [
      {
        id: "a1",
        type: "commentCard",
        date: "2019-06-07T08:00:00.000Z",
        idMemberCreator: "m1",
        data: { text: "Ask @nobody", card: { id: cardId(1) }, dateLastEdited: "2019-06-07T09:00:00.000Z" },
      },
      { id: "a2", type: "updateCard" },
      {
        id: "a3",
        type: "commentCard",
        date: "2019-06-06T08:00:00.000Z",
        data: { text: "Two", card: { id: cardId(1) } },
      },
    ],
    cards,
    labels: [
      { id: "red", name: "Urgent", color: "red_dark" },
      { id: "none", name: "", color: null },
    ],
    checklists: [
      { id: "c1", idCard: cardId(1), name: "Later", pos: 2, checkItems: [] },
      {
        id: "c2",
        idCard: cardId(1),
        name: "First",
        pos: 1,
        checkItems: [
          { id: "i1", name: "Salt", state: "incomplete", pos: 20, due: "2030-05-01T10:00:00.000Z", idMember: "m1" },
          { id: "i2", name: "Water", state: "complete", pos: 10 },
        ],
      },
      { id: "c3", idCard: "gone", name: "Of no card", pos: 1, checkItems: [] },
    ],
    members: [
      { id: "m1", username: "unknown-cook", fullName: "Unknown Cook" },
      { id: "m2", username: "nobody", fullName: "" },
    ],
    lists: [
      { id: "done", name: "Done", pos: 300, closed: false, softLimit: 3 },
      { id: "old", name: "Old", pos: 200, closed: true },
      { id: "todo", name: "Todo", pos: 100, closed: false, softLimit: null },
    ],
  };
}

/** A card's id as Trello makes them: the seconds of its creation in hex, here 2019-06-05 and a few. */
export function cardId(n: number): string {
  return `5cf7a1${n.toString(16).padStart(2, "0")}${"0".repeat(16)}`;
}

export async function* bodyOf(file: string | Uint8Array, pieceBytes = 1_000): AsyncGenerator<Uint8Array, void> {
  const bytes = typeof file === "string" ? Buffer.from(file) : file;
  for (let from = 0; from < bytes.byteLength; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

interface ImportDone {
  readonly board: Board;
  readonly report: ImportReport;
}

/** Announces an import, and hands over what becomes of its upload, whose operation is done at once. */
export async function announceImport(world: World, org: TestOrg, by: Person = org.owner, into?: string) {
  const projectId = into ?? (await org.project()).id;
  const named = { orgId: org.id, projectId, source: "trello", fileName: "board.json" } as const;
  const { importId } = await by.caller.imports.create(named);
  const get = () => by.caller.imports.get({ orgId: org.id, importId });
  const begin = async (body: AsyncIterable<Uint8Array>, person = by): Promise<string> => {
    const answer = await sendImport(world, person, importId, body);
    if ("operationId" in answer) return answer.operationId;
    throw new Error("an export begins an operation");
  };
  const send = async (body: AsyncIterable<Uint8Array>, person = by): Promise<ImportDone> => {
    const operationId = await begin(body, person);
    await runImport(world, org.id, operationId);
    const { state, errorKind, errorFields } = await by.caller.operations.get({ operationId });
    if (state !== "done") throw new AppError(isKind(errorKind) ? errorKind : "INTERNAL", { fields: errorFields ?? {} });
    const { boardId, report } = await get();
    const { board } = await by.caller.boards.get({ boardId: boardId ?? "" });
    if (!report) throw new Error("an import that is done has a report");
    return { board, report };
  };
  const upload = (file: object | string | Uint8Array, person = by) =>
    send(bodyOf(typeof file === "string" || file instanceof Uint8Array ? file : JSON.stringify(file)), person);
  return { importId, projectId, begin, send, upload, get };
}

function isKind(kind: string | null): kind is ErrorKind {
  return kind !== null && Object.hasOwn(ERRORS, kind);
}

/** Does the operation of an import, as a job does. */
export async function runImport({ services }: World, orgId: string, operationId: string): Promise<void> {
  const { signal } = new AbortController();
  await importWorker(services).run({ orgId, operationId }, signal, { isLastTry: false });
}

/** Sends the file of an import as somebody does who is signed in. */
export function sendImport(world: World, person: Person, importId: string, body: AsyncIterable<Uint8Array>) {
  const { session, request } = person.context;
  if (!session) throw new Error("whoever uploads is signed in");
  return receiveImport({ app: world.services, user: userOf(person), session, request }, importId, body);
}

/** Imports a file as the owner. */
export async function importExport(world: World, org: TestOrg, file: object): Promise<ImportDone> {
  const { upload } = await announceImport(world, org);
  return upload(file);
}

function userOf({ id, email, name }: Person): SignedInUser {
  return { id, email, name };
}
