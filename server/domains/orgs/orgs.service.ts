import { randomInt } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import type { OrgRole } from "../../../db/enums.ts";
import { mayDo, type OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { requireRoom } from "../../core/room.ts";
import { announceToInbox, announceToOrg, note, type Tx, type UserActor, type WriteScope } from "../../core/tx.ts";
import { inboxesOfOrg, listConcerned } from "./inboxes.service.ts";
import { ORG_ACTIONS } from "../../policy.ts";
import type { HomeOrg } from "../home/me.contract.ts";
import type { CreateOrg, Org, OrgAccess, UpdateOrg } from "./orgs.contract.ts";
import { toSlug } from "./slug.ts";

/** Of one person. */
const MOST_OWNED = 100;

/** The one way a row (alias `o`) becomes an `Org`; the role is that of the one who asks. */
function orgJson(role: OrgRole): SQL<Org> {
  return sql<Org>`json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', ${role}::text,
    'factorDueAt', iso(o.factor_due_at), 'createdAt', iso(o.created_at))`;
}

/**
 * Creates an organisation with its stream; the caller is its owner. Its slug is made from its name.
 * Announces `member.joined`, the first event of the stream, and `org.joined` to the owner. Fails: ORGS_TOO_MANY.
 */
export async function createOrg(tx: Tx, actor: UserActor, input: CreateOrg): Promise<Org> {
  const orgId = newId();
  const [slug, userName] = await Promise.all([
    findFreeSlug(tx.db, toSlug(input.name), orgId),
    getUserName(tx.db, actor.userId),
    requireRoom(tx.db, "ORGS_TOO_MANY", {
      most: MOST_OWNED,
      rows: sql`select from own_memberships() where role = 'owner'`,
    }),
  ]);
  const org: Org = {
    id: orgId,
    name: input.name,
    slug,
    role: "owner",
    factorDueAt: null,
    createdAt: tx.now.toISOString(),
  };
  tx.enterOrg(orgId);
  tx.send(
    tx.db.execute(sql`
      insert into org (id, name, slug, access_version, created_at)
      values (${orgId}::uuid, ${org.name}, ${org.slug}, 1, ${org.createdAt}::timestamptz)`),
  );
  note(tx, { id: orgId, orgId });
  tx.accessVersion = 1;
  tx.createStream({ id: orgId, orgId, kind: "org" });
  addMember(tx, { ...actor, userName }, { ...org, customRole: null });
  return org;
}

/** An organisation, as a member sees it. */
export async function getOrg(db: Db, actor: Pick<OrgActor, "orgId" | "role">): Promise<Org> {
  const [row] = await db.execute<{ org: Org }>(
    sql`select ${orgJson(actor.role)} as org from org o where o.id = ${actor.orgId}::uuid`,
  );
  if (!row) throw new AppError("ORG_NOT_FOUND");
  return row.org;
}

/** What the caller may do in an organisation now. */
export function getOrgAccess(actor: OrgActor): OrgAccess {
  return { role: actor.role, actions: ORG_ACTIONS.filter((action) => mayDo(actor, action)) };
}

/**
 * Renames an organisation or moves its slug. Locks its row, and the inboxes of all members and of those who are invited.
 * Announces `org.updated`, and to them `org.renamed`. Fails: ORG_SLUG_TAKEN.
 */
export async function updateOrg(tx: Tx, actor: OrgActor, input: UpdateOrg): Promise<Org> {
  const [, org, isTaken, { members, invited }] = await Promise.all([
    lockOrg(tx, actor.orgId),
    getOrg(tx.db, actor),
    isSlugTaken(tx.db, input.slug),
    listConcerned(tx, actor.orgId),
  ]);
  note(tx, { id: org.id, before: org });
  const { name = org.name, slug = org.slug } = input;
  if (name === org.name && slug === org.slug) return org;
  if (slug !== org.slug && isTaken) {
    throw new AppError("ORG_SLUG_TAKEN", { fields: { slug: "That address is taken." } });
  }
  tx.send(tx.db.execute(sql`update org set name = ${name}, slug = ${slug} where id = ${org.id}::uuid`));
  announceToOrg(tx, actor, { type: "org.updated", data: { name, slug } });
  for (const inboxId of [...members, ...invited.map((invitation) => invitation.inboxId)]) {
    announceToInbox(tx, { ...actor, inboxId }, { type: "org.renamed", data: { orgId: org.id, name, slug } });
  }
  return { ...org, name, slug };
}

/** What deleting an organisation has to lock: its streams, for its owner, and the inboxes of all whom it concerns. */
export function streamsOfOrg(scope: WriteScope & { on: "org" }): SQL {
  return sql`
    select s.id from stream s
    join membership m on m.org_id = s.org_id and m.user_id = ${scope.userId}::uuid and m.role = 'owner'
    where s.org_id = ${scope.orgId}::uuid
    union all ${inboxesOfOrg(scope)}`;
}

/**
 * Deletes an organisation with everything in it, its log too; its watches end. Locks all of its streams, its row, and
 * the inboxes of all whom it concerns. Announces `org.left` to each member, `invitation.withdrawn` to who was invited.
 */
export async function deleteOrg(tx: Tx, actor: OrgActor): Promise<null> {
  const [rows, , { members, invited }, org] = await Promise.all([
    tx.db.execute<{ id: string }>(sql`select id from stream where org_id = ${actor.orgId}::uuid`),
    lockOrg(tx, actor.orgId),
    listConcerned(tx, actor.orgId),
    getOrg(tx.db, actor),
  ]);
  note(tx, { id: org.id, before: org });
  const streamIds = rows.map(({ id }) => id);
  requireLocked(tx.streams, streamIds);
  tx.send(tx.db.execute(sql`delete from org where id = ${actor.orgId}::uuid`));
  for (const id of streamIds) {
    tx.streams.delete(id);
    tx.aftermath.forgottenStreams.add(id);
  }
  for (const inboxId of members) {
    announceToInbox(tx, { ...actor, inboxId }, { type: "org.left", data: { orgId: actor.orgId } });
  }
  for (const { invitationId, inboxId } of invited) {
    announceToInbox(tx, { ...actor, inboxId }, { type: "invitation.withdrawn", data: { invitationId } });
  }
  return null;
}

/** Deletes an organisation to which nobody else belongs. Fails: ACCOUNT_OWNS_ORG when somebody does by now. */
export async function deleteOrgOfOne(tx: Tx, actor: OrgActor): Promise<null> {
  await lockOrg(tx, actor.orgId);
  const others = await tx.db.execute(sql`
    select 1 from membership where org_id = ${actor.orgId}::uuid and user_id <> ${actor.userId}::uuid limit 1`);
  if (others.length > 0) throw new AppError("ACCOUNT_OWNS_ORG");
  return deleteOrg(tx, actor);
}

/** Holds an organisation's row until the commit: for what changes it, or who belongs to it. Answers its access version. */
export async function lockOrg(tx: Tx, orgId: string): Promise<number> {
  const [row] = await tx.db.execute<{ accessVersion: string }>(
    sql`select access_version as "accessVersion" from org where id = ${orgId}::uuid for update`,
  );
  return Number(row?.accessVersion);
}

/**
 * Raises the number of who may see what by membership, which every later event carries (rule L14). By chance: a database
 * that was restored does not give the number of a lost change to another one, which the hubs then took for known.
 * `before` is what `lockOrg` has answered.
 */
export function bumpAccess(tx: Tx, orgId: string, before: number): void {
  tx.accessVersion = before + 1 + randomInt(1_000_000);
  tx.send(tx.db.execute(sql`update org set access_version = ${tx.accessVersion}::bigint where id = ${orgId}::uuid`));
}

/** What a custom role allows, for the memberships that have it. */
export function allowedOf({ customRole }: Pick<HomeOrg, "customRole">): SQL {
  return customRole ? words(customRole.actions) : sql`null::text[]`;
}

/** Admits somebody, with the role that they see in `org`, under the access version of now. Announces `member.joined`, and to them `org.joined`. */
export function addMember(tx: Tx, { userId, userName }: { userId: string; userName: string }, org: HomeOrg): void {
  const { id, name, slug, role, customRole, factorDueAt } = org;
  insertMembership(tx, { orgId: id, userId }, org);
  const roleId = customRole?.id ?? null;
  const member = { userId, name: userName, kind: "person" as const, role, roleId };
  announceToOrg(tx, { userId, orgId: id }, { type: "member.joined", data: member });
  const joined = { id, name, slug, role, customRole, factorDueAt };
  announceToInbox(tx, { userId, inboxId: userId }, { type: "org.joined", data: { org: joined } });
}

/** A membership, under the access version of now. Of a person the account is held: their factors do not change meanwhile. */
export function insertMembership(
  tx: Tx,
  { orgId, userId }: { orgId: string; userId: string },
  given: Pick<HomeOrg, "role" | "customRole">,
): void {
  const { role, customRole } = given;
  tx.send(
    tx.db.execute(sql`
      insert into membership (org_id, user_id, role, role_id, allowed, access_version, factor_due_at, created_at)
      values (${orgId}::uuid, ${userId}::uuid, ${role}, ${customRole?.id ?? null}::uuid, ${allowedOf(given)},
        ${tx.accessVersion}::bigint, factor_due_for(${orgId}::uuid, ${userId}::uuid), ${tx.now.toISOString()}::timestamptz)`),
  );
}

/** What somebody is called. */
export async function getUserName(db: Db, userId: string): Promise<string> {
  const [row] = await db.execute<{ name: string }>(sql`select name from app_user where id = ${userId}::uuid`);
  if (!row) throw new AppError("INTERNAL");
  return row.name;
}

/** `acme`, or `acme-2` … when that is taken; of two that take the same at once, one begins again and finds the next. */
async function findFreeSlug(db: Db, base: string, orgId: string): Promise<string> {
  const [row] = await db.execute<{ slug: string }>(sql`
    with c as (
      select n, case n when 1 then ${base}::text else ${base}::text || '-' || n end as slug
      from generate_series(1, 1000) n)
    select c.slug from c where c.slug <> all(array(select taken_slugs(array(select slug from c))))
    order by c.n limit 1`);
  return row?.slug ?? `${base}-${orgId.slice(-12)}`;
}

async function isSlugTaken(db: Db, slug: string | undefined): Promise<boolean> {
  if (slug === undefined) return false;
  const taken = await db.execute(sql`select 1 from taken_slugs(array[${slug}::text])`);
  return taken.length > 0;
}
