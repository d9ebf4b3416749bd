import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "../columns.ts";
import { OPERATION_KINDS, OPERATION_STATES } from "../enums.ts";
import { ofOrgOrUser } from "../walls.ts";
import { membership } from "./orgs.ts";

/** Long work in an organisation that somebody started and watches. */
export const operation = pgTable(
  "operation",
  {
    id: id().primaryKey(),
    orgId: id("org_id").notNull(),
    userId: id("user_id").notNull(),
    kind: text("kind", { enum: OPERATION_KINDS }).notNull(),
    /** What it is about, by ids. */
    input: jsonb("input").notNull(),
    state: text("state", { enum: OPERATION_STATES }).notNull(),
    done: integer("done").notNull().default(0),
    /** Null: nobody knows yet. */
    total: integer("total"),
    /** Whose run it is: what another one writes, which was thought dead, does not count. */
    runId: uuid("run_id"),
    /** From where the next run goes on, if this one does not come to its end. */
    checkpoint: jsonb("checkpoint"),
    result: jsonb("result"),
    errorKind: text("error_kind"),
    errorFields: jsonb("error_fields"),
    createdAt: instant("created_at").notNull(),
    changedAt: instant("changed_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    // Whoever leaves the organisation has nothing under way there.
    foreignKey({
      name: "operation_member",
      columns: [t.orgId, t.userId],
      foreignColumns: [membership.orgId, membership.userId],
    }).onDelete("cascade"),
    index("operation_person").on(t.userId, t.id),
    index("operation_of_member").on(t.orgId, t.userId),
    index("operation_changed").on(t.changedAt),
    check("operation_state", oneOf("state", OPERATION_STATES)),
    check("operation_finished", sql`(${t.finishedAt} is not null) = (${t.state} in ('done', 'failed', 'cancelled'))`),
    ...ofOrgOrUser(),
  ],
);
