import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type OrgActor, requireCover } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announceToOrg, note, type Tx, type WriteScope } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import type { HeldRole } from "../../policy.ts";
import { announceEnded, controlStreamOfUser, requireControlOf } from "../identity/session-end.ts";
import { removeMember, streamsOfMember } from "./members.service.ts";
import { bumpAccess, insertMembership, lockOrg } from "./orgs.service.ts";
import { getGivenRole, toHeld } from "./roles.service.ts";
import {
  type CreateService,
  type ListServices,
  type ServiceAccount,
  type ServicePage,
  ServiceTarget,
} from "./service-accounts.contract.ts";

/** Of one organisation. */
const MOST_SERVICES = 100;

/** The one way rows (`service_account s`, `app_user u`, `membership m`) become a `ServiceAccount`. */
const serviceJson = sql<ServiceAccount>`json_build_object('id', s.user_id, 'orgId', s.org_id, 'name', u.name,
  'role', m.role, 'roleId', m.role_id, 'state', case when u.disabled_at is null then 'active' else 'disabled' end,
  'createdBy', s.created_by, 'createdAt', iso(s.created_at))`;
const serviceSource = sql`service_account s join app_user u on u.id = s.user_id
  join membership m on m.org_id = s.org_id and m.user_id = s.user_id`;
const ServiceKey = z.tuple([line(100), Id]);

/** The service accounts of an organisation, by name. */
export async function listServices(db: Db, actor: OrgActor, input: ListServices): Promise<ServicePage> {
  const after = decodeCursor(ServiceKey, input.cursor);
  const rows = await db.execute<{ service: ServiceAccount }>(sql`
    select ${serviceJson} as service from ${serviceSource}
    where s.org_id = ${actor.orgId}::uuid
      ${after ? sql`and (u.name collate "C", s.user_id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
    order by u.name collate "C", s.user_id limit ${input.limit + 1}`);
  const services = rows.map(({ service }) => service);
  return toPage(services, input.limit, (service) => [service.name, service.id]);
}

/**
 * Makes a member that is a program: nobody signs in to it, and its inbox is nobody's to read. Locks the organisation's
 * row. Announces `member.joined`. Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, SERVICES_TOO_MANY.
 */
export async function createService(tx: Tx, actor: OrgActor, input: CreateService): Promise<ServiceAccount> {
  const { orgId } = actor;
  const { name } = input;
  const [accessVersion, given, [counted]] = await Promise.all([
    lockOrg(tx, orgId),
    getGivenRole(tx.db, actor, input.role),
    tx.db.execute<{ count: number }>(
      sql`select count(*)::int as count from service_account where org_id = ${orgId}::uuid`,
    ),
  ]);
  requireCover(actor, toHeld(given));
  if (!counted || counted.count >= MOST_SERVICES) throw new AppError("SERVICES_TOO_MANY");
  const id = newId();
  const createdAt = tx.now.toISOString();
  tx.sendAs(
    id,
    sql`insert into app_user (id, kind, name, created_at)
      values (${id}::uuid, 'service', ${name}, ${createdAt}::timestamptz)`,
  );
  bumpAccess(tx, orgId, accessVersion);
  insertMembership(tx, { orgId, userId: id }, given);
  tx.send(
    tx.db.execute(sql`
      insert into service_account (user_id, org_id, created_by, created_at)
      values (${id}::uuid, ${orgId}::uuid, ${actor.userId}::uuid, ${createdAt}::timestamptz)`),
  );
  const { role, customRole } = given;
  const roleId = customRole?.id ?? null;
  announceToOrg(tx, actor, { type: "member.joined", data: { userId: id, name, kind: "service", role, roleId } });
  const service: ServiceAccount = {
    id,
    orgId,
    name,
    role,
    roleId,
    state: "active",
    createdBy: actor.userId,
    createdAt,
  };
  note(tx, { id, after: service });
  return service;
}

/** Ends what the keys of a service account have open, on every process, and lets none of them in until it is enabled. */
export function disableService(tx: Tx, actor: OrgActor, input: ServiceTarget): Promise<ServiceAccount> {
  return setState(tx, actor, { ...input, state: "disabled" });
}

/** Lets the keys of a service account count again. */
export function enableService(tx: Tx, actor: OrgActor, input: ServiceTarget): Promise<ServiceAccount> {
  return setState(tx, actor, { ...input, state: "active" });
}

/** Fails: SERVICE_NOT_FOUND, ROLE_TOO_HIGH. */
async function setState(
  tx: Tx,
  actor: OrgActor,
  { serviceId, state }: ServiceTarget & Pick<ServiceAccount, "state">,
): Promise<ServiceAccount> {
  const { service, held } = await getService(tx.db, actor, serviceId);
  note(tx, { id: serviceId, before: service, after: { ...service, state } });
  requireCover(actor, held);
  if (service.state === state) return service;
  const disabledAt = state === "disabled" ? tx.now.toISOString() : null;
  const isDisabled = sql`disabled_at = ${disabledAt}::timestamptz`;
  tx.sendAs(serviceId, sql`update app_user set ${isDisabled} where id = ${serviceId}::uuid`);
  requireControlOf(tx, serviceId);
  announceEnded(tx, actor, serviceId);
  return { ...service, state };
}

/** What its removal tells, and what ends its keys. */
export function streamsOfService(scope: WriteScope & { on: "org" }, input: unknown): SQL {
  return streamsOfMember(scope, ServiceTarget.parse(input).serviceId);
}

/** The control stream of a service account. */
export function controlOfService({ orgId }: { orgId: string }, input: unknown): SQL {
  const { serviceId } = ServiceTarget.parse(input);
  return sql`
    select ${controlStreamOfUser(sql`s.user_id`)} as id from service_account s
    where s.user_id = ${serviceId}::uuid and s.org_id = ${orgId}::uuid`;
}

/**
 * Removes a service account as `removeMember` does; its keys go with it. Its name stays, for what it has done. Announces
 * `member.removed`, `board.unshared`, and to it `org.left`. Fails: SERVICE_NOT_FOUND, ROLE_TOO_HIGH.
 */
export async function deleteService(tx: Tx, actor: OrgActor, { serviceId }: ServiceTarget): Promise<null> {
  await getService(tx.db, actor, serviceId);
  return removeMember(tx, actor, { userId: serviceId });
}

/** What a service account may do. Fails: SERVICE_NOT_FOUND. */
export async function getHeldByService(db: Db, actor: OrgActor, serviceId: string): Promise<HeldRole> {
  return (await getService(db, actor, serviceId)).held;
}

async function getService(db: Db, { orgId }: OrgActor, serviceId: string) {
  const [row] = await db.execute<{ service: ServiceAccount; allowed: string[] | null }>(sql`
    select ${serviceJson} as service, to_json(m.allowed) as allowed from ${serviceSource}
    where s.org_id = ${orgId}::uuid and s.user_id = ${serviceId}::uuid`);
  if (!row) throw new AppError("SERVICE_NOT_FOUND");
  return { service: row.service, held: { role: row.service.role, allowed: row.allowed } };
}
