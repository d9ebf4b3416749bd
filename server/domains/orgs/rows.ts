import { sql } from "drizzle-orm";
import type { CustomRole, HeldCustomRole } from "./roles.contract.ts";

/** The one way a row of `org_role` (alias `r`) becomes a `CustomRole`. */
export const roleJson = sql<CustomRole>`json_build_object('id', r.id, 'name', r.name, 'base', r.base, 'actions', r.actions)`;

/** The same for whoever may hold it: null without a row. */
export const heldRoleJson = sql<HeldCustomRole | null>`case when r.id is not null
  then json_build_object('id', r.id, 'name', r.name, 'actions', r.actions) end`;
