import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { each } from "../../db/columns.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import type { HeldRole } from "../policy.ts";
import { type BoardActor, LACKS_FACTOR, type OrgActor, toBoardActor, toOrgActor } from "./access.ts";
import { AppError } from "./app-error.ts";
import { wait } from "./event-log.ts";
import type { UserActor, WriteScope } from "./tx.ts";

interface Actors {
  user: UserActor;
  org: OrgActor;
  board: BoardActor;
}
export type ActorOf<Scope extends WriteScope> = Actors[Scope["on"]];

/** What somebody may do in the scope of their write. */
export interface Access {
  readonly orgId: string;
  readonly orgRole: OrgRole;
  /** What their custom role allows; null: they have a built-in one. */
  readonly allowed: readonly string[] | null;
  /** Their organisation demands a second factor by now, and they have none. */
  readonly lacksFactor: boolean;
  readonly boardRole: BoardRole | null;
  readonly boardState: string | null;
  readonly accessVersion: number;
}

/** The stream under whose lock a scope is changed: somebody's own is their inbox. */
export function streamOf(scope: WriteScope): string {
  switch (scope.on) {
    case "user":
      return scope.userId;
    case "org":
      return scope.orgId;
    case "board":
      return scope.boardId;
  }
}

/** Who has access to what, by scope. */
export class AccessList {
  readonly #byScope = new Map<string, Access>();

  /** Undefined: none, or it is held by somebody for whom nobody waits here. */
  get(scope: WriteScope): Access | undefined {
    return this.#byScope.get(`${scope.userId} ${streamOf(scope)}`);
  }

  add(userId: string, streamId: string, access: Access): void {
    this.#byScope.set(`${userId} ${streamId}`, access);
  }

  static of(lists: readonly AccessList[]): AccessList {
    const all = new AccessList();
    for (const list of lists) for (const [scope, access] of list.#byScope) all.#byScope.set(scope, access);
    return all;
  }
}

/**
 * The access of the authors of some writes as it is under the locks. The membership rows are held, so that a removal
 * waits for these writes or they find it done; the organisations' rows too, so that no event that commits after a
 * removal carries the access version from before it (L14). Boards and shares change under the stream's lock only.
 */
export async function loadAccess(db: Db, scopes: readonly WriteScope[], isPatient: boolean): Promise<AccessList> {
  const found = new AccessList();
  const asked = new Map(scopes.filter(({ on }) => on !== "user").map((scope) => [keyOf(scope), scope]));
  if (asked.size === 0) return found;
  const wanted = [...asked.values()];
  const rows = await db.execute<{ access: Access & { userId: string; streamId: string } }>(sql`
    select json_build_object('userId', m.user_id, 'streamId', s.id, 'orgId', m.org_id, 'orgRole', m.role, 'allowed', m.allowed,
      'lacksFactor', ${LACKS_FACTOR}, 'boardRole', board_role(m.role, b.visibility, bm.role), 'boardState', b.state,
      'accessVersion', o.access_version) as access
    from unnest(${each("uuid", wanted, ({ userId }) => userId)}, ${each("uuid", wanted, streamOf)},
      ${each("text", wanted, ({ on }) => on)}) w(user_id, stream_id, kind)
    join stream s on s.id = w.stream_id and s.kind = w.kind
    join org o on o.id = s.org_id
    join membership m on m.org_id = o.id and m.user_id = w.user_id
    left join board b on b.id = s.id
    left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
    order by o.id, m.user_id, s.id for key share of o, m${wait(isPatient)}`);
  for (const { access } of rows) found.add(access.userId, access.streamId, access);
  return found;
}

/** Under which access what nobody asked for is written. Holds the organisation's row, as every write does (L14). */
export async function holdAccessVersion(db: Db, orgId: string): Promise<number> {
  const [org] = await db.execute<{ accessVersion: string }>(
    sql`select access_version as "accessVersion" from org where id = ${orgId}::uuid for key share`,
  );
  return Number(org?.accessVersion ?? 0);
}

function keyOf(scope: WriteScope): string {
  return `${scope.userId} ${streamOf(scope)}`;
}

/** Who asks, or why they are refused. */
export function actorOrRefusal<Scope extends WriteScope>(
  scope: Scope,
  access: Access | undefined,
): ActorOf<Scope> | AppError {
  try {
    return actorOf(scope, access);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function actorOf<Scope extends WriteScope>(scope: Scope, access: Access | undefined): ActorOf<Scope>;
function actorOf(scope: WriteScope, access: Access | undefined): UserActor | OrgActor | BoardActor {
  const { lacksFactor = false } = access ?? {};
  switch (scope.on) {
    case "user":
      return { userId: scope.userId };
    case "org":
      return toOrgActor(
        { ...who(scope), orgId: scope.orgId, held: access && heldBy(access), lacksFactor },
        scope.action,
      );
    case "board": {
      const { orgId = "", boardRole: role = null, allowed = null, boardState } = access ?? {};
      const state = scope.onArchived ? null : (boardState ?? null);
      return toBoardActor(
        { ...who(scope), orgId, boardId: scope.boardId, role, allowed, lacksFactor, state },
        scope.action,
      );
    }
  }
}

function who({ userId, key }: Exclude<WriteScope, { on: "user" }>) {
  return { userId, key };
}

function heldBy({ orgRole, allowed }: Access): HeldRole {
  return { role: orgRole, allowed };
}
