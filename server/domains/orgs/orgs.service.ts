import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { OrgRole } from "../../../db/enums.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { createStream, requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { announceToInbox, announceToOrg, type Tx, type UserActor, type WriteScope } from "../../core/tx.ts";
import { inboxesOfOrg, listConcerned } from "./inboxes.service.ts";
import type { CreateOrg, Org, UpdateOrg } from "./orgs.contract.ts";
import { toSlug } from "./slug.ts";

/** The one way a row (alias `o`) becomes an `Org`; the role is that of the one who asks. */
function orgJson(role: OrgRole): SQL<Org> {
  return sql<Org>`json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', ${role}::text,
    'createdAt', iso(o.created_at))`;
}

/**
 * Creates an organisation with its stream; the caller is its owner. Its slug is made from its name.
 * Announces `member.joined`, the first event of the stream, and `org.joined` to the owner.
 */
export async function createOrg(tx: Tx, actor: UserActor, input: CreateOrg): Promise<Org> {
  const orgId = newId();
  const slug = await findFreeSlug(tx.db, toSlug(input.name), orgId);
  const org = { name: input.name, slug, createdAt: tx.now.toISOString() };
  await tx.db.execute(sql`
    insert into org (id, name, slug, access_version, created_at)
    values (${orgId}::uuid, ${org.name}, ${org.slug}, 1, ${org.createdAt}::timestamptz)`);
  tx.accessVersion = 1;
  tx.streams.set(orgId, await createStream(tx.db, { id: orgId, orgId, kind: "org" }));
  await addMember(tx, { orgId, userId: actor.userId, role: "owner" });
  return { id: orgId, ...org, role: "owner" };
}

/** An organisation, as a member sees it. */
export async function getOrg(db: Db, actor: OrgActor): Promise<Org> {
  const [row] = await db.execute<{ org: Org }>(
    sql`select ${orgJson(actor.role)} as org from org o where o.id = ${actor.orgId}::uuid`,
  );
  if (!row) throw new AppError("ORG_NOT_FOUND");
  return row.org;
}

/**
 * Renames an organisation or moves its slug. Locks its row, and the inboxes of all members and of those who are invited.
 * Announces `org.updated`, and to them `org.renamed`. Fails: ORG_SLUG_TAKEN.
 */
export async function updateOrg(tx: Tx, actor: OrgActor, input: UpdateOrg): Promise<Org> {
  await lockOrg(tx, actor.orgId);
  const org = await getOrg(tx.db, actor);
  const { name = org.name, slug = org.slug } = input;
  if (name === org.name && slug === org.slug) return org;
  if (slug !== org.slug) await requireFreeSlug(tx.db, slug);
  await tx.db.execute(sql`update org set name = ${name}, slug = ${slug} where id = ${org.id}::uuid`);
  announceToOrg(tx, actor, { type: "org.updated", data: { name, slug } });
  const { members, invited } = await listConcerned(tx, org.id);
  for (const inboxId of [...members, ...invited.map((invitation) => invitation.inboxId)]) {
    announceToInbox(tx, { ...actor, inboxId }, { type: "org.renamed", data: { orgId: org.id, name, slug } });
  }
  return { ...org, name, slug };
}

/** What deleting an organisation has to lock: its streams, for its owner, and the inboxes of all whom it concerns. */
export async function streamsOfOrg(db: Db, scope: WriteScope & { on: "org" }): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select s.id from stream s
    join membership m on m.org_id = s.org_id and m.user_id = ${scope.userId}::uuid and m.role = 'owner'
    where s.org_id = ${scope.orgId}::uuid`);
  return [...rows.map(({ id }) => id), ...(await inboxesOfOrg(db, scope))];
}

/**
 * Deletes an organisation with everything in it, its log too; its watches end. Locks all of its streams, its row, and
 * the inboxes of all whom it concerns. Announces `org.left` to each member, `invitation.withdrawn` to who was invited.
 */
export async function deleteOrg(tx: Tx, actor: OrgActor): Promise<null> {
  const rows = await tx.db.execute<{ id: string }>(sql`select id from stream where org_id = ${actor.orgId}::uuid`);
  const streamIds = rows.map(({ id }) => id);
  requireLocked(tx.streams, streamIds);
  await lockOrg(tx, actor.orgId);
  const { members, invited } = await listConcerned(tx, actor.orgId);
  await tx.db.execute(sql`delete from org where id = ${actor.orgId}::uuid`);
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

/** Holds an organisation's row until the commit: for what changes it, or who belongs to it. */
export async function lockOrg(tx: Tx, orgId: string): Promise<void> {
  await tx.db.execute(sql`select 1 from org where id = ${orgId}::uuid for update`);
}

/**
 * Raises the number of who may see what by membership, which every later event carries (rule L14). By chance: a database
 * that was restored does not give the number of a lost change to another one, which the hubs then took for known.
 */
export async function bumpAccess(tx: Tx, orgId: string): Promise<void> {
  const [row] = await tx.db.execute<{ accessVersion: string }>(sql`
    update org set access_version = access_version + 1 + floor(random() * 1000000)::bigint where id = ${orgId}::uuid
    returning access_version as "accessVersion"`);
  tx.accessVersion = Number(row?.accessVersion);
}

/** Admits somebody under the access version of now. Announces `member.joined`, and to them `org.joined`. */
export async function addMember(
  tx: Tx,
  { orgId, userId, role }: { orgId: string; userId: string; role: OrgRole },
): Promise<void> {
  const [row] = await tx.db.execute<{ userName: string; name: string; slug: string }>(sql`
    with added as (
      insert into membership (org_id, user_id, role, access_version, created_at)
      values (${orgId}::uuid, ${userId}::uuid, ${role}, ${tx.accessVersion}::bigint, ${tx.now.toISOString()}::timestamptz)
      returning user_id, org_id)
    select u.name as "userName", o.name, o.slug
    from added join app_user u on u.id = added.user_id join org o on o.id = added.org_id`);
  if (!row) throw new AppError("INTERNAL");
  const { userName, name, slug } = row;
  announceToOrg(tx, { userId, orgId }, { type: "member.joined", data: { userId, name: userName, role } });
  const org = { id: orgId, name, slug, role };
  announceToInbox(tx, { userId, inboxId: userId }, { type: "org.joined", data: { org } });
}

/** `acme`, or `acme-2` … when that is taken; of two that take the same at once, one begins again and finds the next. */
async function findFreeSlug(db: Db, base: string, orgId: string): Promise<string> {
  const [row] = await db.execute<{ slug: string }>(sql`
    select c.slug from (
      select n, case n when 1 then ${base}::text else ${base}::text || '-' || n end as slug
      from generate_series(1, 1000) n) c
    where not exists (select 1 from org o where o.slug = c.slug)
    order by c.n limit 1`);
  return row?.slug ?? `${base}-${orgId.slice(-12)}`;
}

async function requireFreeSlug(db: Db, slug: string): Promise<void> {
  const taken = await db.execute(sql`select 1 from org where slug = ${slug}`);
  if (taken.length > 0) throw new AppError("ORG_SLUG_TAKEN", { fields: { slug: "That address is taken." } });
}
