import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import { type BaseRole, ORG_ROLES, type OrgRole } from "../../../db/enums.ts";
import { type OrgActor, requireCover } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announceToInbox, announceToOrg, note, type Tx } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import { type Action, actionsOfCustom, type HeldRole, mayHold } from "../../policy.ts";
import { bumpAccess, lockOrg } from "./orgs.service.ts";
import type {
  CreateRole,
  CustomRole,
  DeleteRole,
  HeldCustomRole,
  ListRoles,
  RolePage,
  RoleRef,
  UpdateRole,
} from "./roles.contract.ts";
import { roleJson } from "./rows.ts";

// An organisation's roles change under the lock of its stream, as who holds them does. What a role allows is copied into
// the memberships of its holders, whose rows every write of theirs holds: a change counts from then on.

/** Of one organisation. */
const MOST_ROLES = 50;
const RoleKey = z.tuple([line(50), Id]);

/** A role as it is given to somebody. */
export interface GivenRole {
  readonly role: OrgRole;
  readonly customRole: HeldCustomRole | null;
}

/** The roles that an organisation made for itself, by name. */
export async function listRoles(db: Db, actor: OrgActor, input: ListRoles): Promise<RolePage> {
  const after = decodeCursor(RoleKey, input.cursor);
  const rows = await db.execute<{ role: CustomRole }>(sql`
    select ${roleJson} as role from org_role r
    where r.org_id = ${actor.orgId}::uuid
      ${after ? sql`and (r.name collate "C", r.id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
    order by r.name collate "C", r.id limit ${input.limit + 1}`);
  const roles = rows.map(({ role }) => role);
  return toPage(roles, input.limit, (role) => [role.name, role.id]);
}

/**
 * Makes a role that allows no more than the actor may do. Announces `role.created`.
 * Fails: INPUT_INVALID, ROLE_TOO_HIGH, ROLE_NAME_TAKEN, ROLES_TOO_MANY.
 */
export async function createRole(tx: Tx, actor: OrgActor, input: CreateRole): Promise<CustomRole> {
  const { name, base } = input;
  const role: CustomRole = { id: newId(), name, base, actions: chosen(base, input.actions) };
  requireCover(actor, toHeld({ role: base, customRole: role }));
  const { count, isTaken } = await lookAround(tx, actor, role);
  if (isTaken) throw new AppError("ROLE_NAME_TAKEN");
  if (count >= MOST_ROLES) throw new AppError("ROLES_TOO_MANY");
  tx.send(
    tx.db.execute(sql`
      insert into org_role (id, org_id, name, base, actions, created_at)
      values (${role.id}::uuid, ${actor.orgId}::uuid, ${name}, ${base}, ${words(role.actions)},
        ${tx.now.toISOString()}::timestamptz)`),
  );
  note(tx, { id: role.id, after: role });
  announceToOrg(tx, actor, { type: "role.created", data: { role } });
  return role;
}

/**
 * Renames a role or changes what it allows, for all who hold it: from the commit on nobody may do what it no longer
 * allows. Locks the organisation's row, the memberships and the inboxes of its holders. Announces `role.updated`, and to
 * the holders `org.role-changed`. Fails: ROLE_NOT_FOUND, INPUT_INVALID, ROLE_TOO_HIGH, ROLE_NAME_TAKEN.
 */
export async function updateRole(tx: Tx, actor: OrgActor, input: UpdateRole): Promise<CustomRole> {
  const { orgId } = actor;
  const [accessVersion, before, holders, { isTaken }] = await Promise.all([
    lockOrg(tx, orgId),
    getRole(tx.db, actor, input.roleId),
    tx.db.execute<{ userId: string }>(sql`
      select user_id as "userId" from membership
      where org_id = ${orgId}::uuid and role_id = ${input.roleId}::uuid order by user_id for update`),
    lookAround(tx, actor, { id: input.roleId, name: input.name ?? "" }),
  ]);
  const { base, name } = before;
  const actions = input.actions ? chosen(base, input.actions) : before.actions;
  const role: CustomRole = { ...before, name: input.name ?? name, actions };
  note(tx, { id: role.id, before, after: role });
  for (const one of [before, role]) requireCover(actor, toHeld({ role: base, customRole: one }));
  if (isTaken) throw new AppError("ROLE_NAME_TAKEN");
  if (role.name === name && sameWords(actions, before.actions)) return before;
  const holderIds = holders.map(({ userId }) => userId);
  requireLocked(tx.streams, holderIds);
  if (!sameWords(actions, before.actions)) {
    bumpAccess(tx, orgId, accessVersion);
    tx.send(
      tx.db.execute(sql`
        update membership set allowed = ${words(actions)}, access_version = ${tx.accessVersion}::bigint
        where org_id = ${orgId}::uuid and role_id = ${role.id}::uuid`),
    );
    tx.aftermath.recheckOrgs.add(orgId);
  }
  tx.send(
    tx.db.execute(sql`
      update org_role set name = ${role.name}, actions = ${words(actions)}
      where org_id = ${orgId}::uuid and id = ${role.id}::uuid`),
  );
  announceToOrg(tx, actor, { type: "role.updated", data: { role } });
  const customRole = { id: role.id, name: role.name, actions };
  for (const inboxId of holderIds) {
    announceToInbox(tx, { ...actor, inboxId }, { type: "org.role-changed", data: { orgId, role: base, customRole } });
  }
  return role;
}

/**
 * Deletes a role that nobody holds and nobody is invited to. Announces `role.deleted`.
 * Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, ROLE_IN_USE.
 */
export async function deleteRole(tx: Tx, actor: OrgActor, { roleId }: DeleteRole): Promise<null> {
  const { orgId } = actor;
  const uses = (table: "membership" | "invitation") =>
    sql`select 1 from ${sql.identifier(table)} where org_id = ${orgId}::uuid and role_id = ${roleId}::uuid`;
  const [role, used] = await Promise.all([
    getRole(tx.db, actor, roleId),
    tx.db.execute(sql`${uses("membership")} union all ${uses("invitation")} limit 1`),
  ]);
  note(tx, { id: roleId, before: role });
  requireCover(actor, toHeld({ role: role.base, customRole: role }));
  if (used.length > 0) throw new AppError("ROLE_IN_USE");
  tx.send(tx.db.execute(sql`delete from org_role where org_id = ${orgId}::uuid and id = ${roleId}::uuid`));
  announceToOrg(tx, actor, { type: "role.deleted", data: { roleId } });
  return null;
}

/** The role that somebody is to be given: a built-in one, or one of the organisation's. Fails: ROLE_NOT_FOUND. */
export async function getGivenRole(db: Db, actor: OrgActor, ref: RoleRef): Promise<GivenRole> {
  const builtIn = ORG_ROLES.find((role) => role === ref);
  if (builtIn) return { role: builtIn, customRole: null };
  const { base, ...customRole } = await getRole(db, actor, ref);
  return { role: base, customRole };
}

export function toHeld({ role, customRole }: GivenRole): HeldRole {
  return { role, allowed: customRole?.actions ?? null };
}

async function getRole(db: Db, { orgId }: OrgActor, roleId: string): Promise<CustomRole> {
  const [row] = await db.execute<{ role: CustomRole }>(sql`
    select ${roleJson} as role from org_role r where r.org_id = ${orgId}::uuid and r.id = ${roleId}::uuid`);
  if (!row) throw new AppError("ROLE_NOT_FOUND");
  return row.role;
}

async function lookAround(tx: Tx, { orgId }: OrgActor, { id, name }: { id: string; name: string }) {
  const [row] = await tx.db.execute<{ count: number; isTaken: boolean }>(sql`
    select count(*)::int as count, coalesce(bool_or(lower(name) = lower(${name}) and id <> ${id}::uuid), false) as "isTaken"
    from org_role where org_id = ${orgId}::uuid`);
  return row ?? { count: 0, isTaken: false };
}

/** Fails: INPUT_INVALID, for what a role of that base never allows. */
function chosen(base: BaseRole, wanted: readonly Action[] | undefined): Action[] {
  const beyond = wanted?.filter((action) => !mayHold(base, action)) ?? [];
  if (beyond.length > 0) {
    const fields = { actions: `A role that is based on ${base} cannot allow ${beyond.join(", ")}.` };
    throw new AppError("INPUT_INVALID", { fields });
  }
  return actionsOfCustom(base, wanted);
}

function sameWords(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((word) => others.includes(word));
}
