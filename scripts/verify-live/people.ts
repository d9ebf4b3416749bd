import { createTrestle, errorKind, type Snapshot, type Trestle } from "../../client/index.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import type { Persistence } from "../replay/calls.ts";
import type { Person } from "./client.ts";
import { type Grounds, KnownBoard } from "./known.ts";
import type { Random } from "./random.ts";

/** Whoever was admitted, with what they were given: the same again when they come back. */
export interface Member extends Person {
  readonly role: OrgRole;
  readonly shares: readonly (readonly [board: number, role: BoardRole])[];
}

/** Two organisations that know nothing of each other, their boards, and who may see which. */
export interface Cast {
  readonly orgId: string;
  readonly owner: Trestle;
  readonly members: readonly Member[];
  readonly foreigners: readonly Person[];
  /** Who set all of it up. */
  readonly sceneryIds: readonly string[];
  readonly boards: readonly KnownBoard[];
  readonly foreignBoard: KnownBoard;
  /** Every board when it was new. */
  readonly first: ReadonlyMap<string, Snapshot>;
}

const PASSWORD = "a long enough password";
const ROLES: readonly (readonly [OrgRole, Member["shares"]])[] = [
  ["admin", []],
  ["member", []],
  [
    "guest",
    [
      [0, "editor"],
      [2, "editor"],
    ],
  ],
  ["member", [[2, "editor"]]],
  [
    "guest",
    [
      [0, "viewer"],
      [1, "commenter"],
    ],
  ],
  ["member", [[2, "viewer"]]],
  [
    "guest",
    [
      [1, "manager"],
      [3, "editor"],
    ],
  ],
  ["member", []],
  [
    "guest",
    [
      [0, "commenter"],
      [3, "viewer"],
    ],
  ],
];
const BOARDS = [
  { name: "Busy", visibility: "org", cards: 20, roomy: 60 },
  { name: "Beside", visibility: "org", cards: 12, roomy: 40 },
  { name: "Private", visibility: "private", cards: 12, roomy: 40 },
  // Its snapshots go out in parts.
  { name: "Big", visibility: "org", cards: 300, roomy: 300 },
] as const;
const BATCH = 100;

export async function createCast(url: string, random: Random, persistence: Persistence): Promise<Cast> {
  const { persist } = persistence;
  const signUp = async (name: string): Promise<Person & { trestle: Trestle }> => {
    const trestle = createTrestle({ url });
    const email = `${name.replaceAll(" ", ".")}.${random.uuid().slice(0, 8)}@example.test`;
    const account = { name, email, password: PASSWORD };
    const { user } = await trestle.auth.signUp.mutate(account);
    return { id: user.id, ...account, trestle };
  };
  const { trestle: owner, ...ownerPerson } = await signUp("owner");
  const { id: orgId } = await owner.orgs.create.mutate({ name: "Ours" });
  const projectId = await createProject(owner, orgId);
  const grounds = await createGrounds(owner, { orgId, projectId });
  const first = new Map<string, Snapshot>();
  const boards: KnownBoard[] = [];
  for (const plan of BOARDS) {
    boards.push(await createBoard(owner, { orgId, projectId, grounds, ...plan }, random, first));
  }
  const members: Member[] = [{ ...ownerPerson, role: "owner", shares: [] }];
  for (const [index, [role, shares]] of ROLES.entries()) {
    const { trestle, ...person } = await signUp(`${role} ${index + 1}`);
    const member = { ...person, role, shares };
    await admit({ orgId, owner, boards, persist }, member, trestle);
    await trestle.close();
    members.push(member);
  }
  const { trestle: stranger, ...foreigner } = await signUp("foreigner");
  const { id: foreignOrg } = await stranger.orgs.create.mutate({ name: "Theirs" });
  const plan = { name: "Elsewhere", visibility: "org", cards: 5, roomy: 30 } as const;
  const foreignProject = await createProject(stranger, foreignOrg);
  const at = { orgId: foreignOrg, projectId: foreignProject };
  const foreignBoard = await createBoard(stranger, { ...at, ...plan }, random, first);
  await stranger.close();
  const sceneryIds = [ownerPerson.id, foreigner.id];
  return { orgId, owner, members, foreigners: [foreigner], sceneryIds, boards, foreignBoard, first };
}

async function createProject(trestle: Trestle, orgId: string): Promise<string> {
  return (await trestle.projects.create.mutate({ orgId, name: "Project", key: "PRJ" })).id;
}

/** A field of each kind that calls set, a sprint and a milestone. */
async function createGrounds(trestle: Trestle, project: { orgId: string; projectId: string }): Promise<Grounds> {
  const options = [{ name: "High" }, { name: "Low" }];
  const fields = await Promise.all([
    trestle.fields.create.mutate({ ...project, name: "Severity", kind: "select", options }),
    trestle.fields.create.mutate({ ...project, name: "Hours", kind: "number" }),
    trestle.fields.create.mutate({ ...project, name: "Remark", kind: "text" }),
  ]);
  const plans = await Promise.all(
    (["sprint", "milestone"] as const).map((kind) => trestle.plans.create.mutate({ ...project, kind, name: kind })),
  );
  const kinds = ["select", "number", "text"] as const;
  return {
    fields: fields.flatMap(({ id, kind: has, options: those }) => {
      const kind = kinds.find((one) => one === has);
      return kind ? [{ id, kind, optionIds: those.map((option) => option.id) }] : [];
    }),
    plans: plans.map(({ id, kind }) => ({ id, kind })),
  };
}

interface BoardPlan {
  readonly orgId: string;
  readonly projectId: string;
  readonly grounds?: Grounds;
  readonly name: string;
  readonly visibility: "org" | "private";
  readonly cards: number;
  readonly roomy: number;
}

async function createBoard(
  trestle: Trestle,
  { cards, roomy, grounds, ...plan }: BoardPlan,
  random: Random,
  first: Map<string, Snapshot>,
): Promise<KnownBoard> {
  const names = ["To do", "Doing", "Review", "Done"];
  const { id: boardId } = await trestle.boards.create.mutate({ ...plan, columns: names });
  const snapshot = await trestle.boards.get.query({ boardId });
  first.set(boardId, snapshot);
  const board = new KnownBoard(boardId, roomy, grounds);
  for (const { id } of snapshot.columns) board.columns.push(id);
  const changes = Array.from({ length: cards }, (_, index) => ({
    procedure: "tasks.create" as const,
    id: random.uuid(),
    columnId: snapshot.columns[index % names.length]?.id ?? "",
    title: `Card ${index} ${"of a title with some length ".repeat(4)}`.trim(),
  }));
  for (let from = 0; from < cards; from += BATCH) {
    await trestle.boards.applyChanges.mutate({ boardId, changes: changes.slice(from, from + BATCH) });
  }
  for (const change of changes) board.learn(change.procedure, change);
  return board;
}

export interface Admission {
  readonly orgId: string;
  readonly owner: Trestle;
  readonly boards: readonly KnownBoard[];
  readonly persist: Persistence["persist"];
}

/** Invites somebody, who accepts, and gives them the shares that they have. */
export async function admit({ orgId, owner, boards, persist }: Admission, member: Member, as: Trestle): Promise<void> {
  const token = await invite({ orgId, owner, persist }, member);
  const mutationId = crypto.randomUUID();
  await persist((options) => as.members.accept.mutate({ token, mutationId }, options));
  for (const [index, role] of member.shares) {
    const boardId = boards[index]?.id ?? "";
    await persist((options) => owner.boards.share.mutate({ boardId, userId: member.id, role }, options));
  }
}

/** The token is told once: when its answer was lost, the person is invited again. */
async function invite(
  { orgId, owner, persist }: Pick<Admission, "orgId" | "owner" | "persist">,
  { email, role }: Member,
): Promise<string> {
  for (;;) {
    const mutationId = crypto.randomUUID();
    try {
      return (await persist((options) => owner.members.invite.mutate({ orgId, email, role, mutationId }, options)))
        .token;
    } catch (error) {
      if (errorKind(error) !== "ALREADY_DONE") throw error;
    }
  }
}
