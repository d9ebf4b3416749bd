import { sql } from "drizzle-orm";
import { check, customType, index, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant, oneOf, textC, whole } from "../columns.ts";
import { STREAM_KINDS } from "../enums.ts";
import { ofEvents, ofStreams, ofUser } from "../walls.ts";
import { org } from "./orgs.ts";

const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });

/** An ordered log that people watch. The row is the lock under which its versions are given. */
export const stream = pgTable(
  "stream",
  {
    id: id().primaryKey(),
    orgId: id("org_id").references(() => org.id, { onDelete: "cascade" }),
    kind: text("kind", { enum: STREAM_KINDS }).notNull(),
    version: whole("version").notNull().default(0),
    nonce: whole("nonce").notNull().default(0),
    /** The oldest version from which a watch can go on. */
    floor: whole("floor").notNull().default(0),
  },
  (t) => [index("stream_org").on(t.orgId, t.id), check("stream_kind", oneOf("kind", STREAM_KINDS)), ...ofStreams()],
);

export const event = pgTable(
  "event",
  {
    streamId: id("stream_id")
      .notNull()
      .references(() => stream.id, { onDelete: "cascade" }),
    version: whole("version").notNull(),
    nonce: whole("nonce").notNull(),
    orgId: id("org_id"),
    accessVersion: whole("access_version").notNull(),
    type: text("type").notNull(),
    actorId: id("actor_id").notNull(),
    mutationId: id("mutation_id").notNull(),
    /** Groups the events of one transaction, and lets the poll ask for what became visible (rule L12). */
    txId: xid8("tx_id")
      .notNull()
      .default(sql`pg_current_xact_id()`),
    data: jsonb("data").notNull(),
    /** What was another before, for whoever undoes it: told to nobody. */
    replaced: jsonb("replaced"),
    at: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.streamId, t.version] }),
    index("event_tx").on(t.txId),
    // What somebody did, newest first, without a look at the rows: what of it is not the reader's is left out.
    index("event_actor").on(t.orgId, t.actorId, t.at, t.streamId, t.version),
    ...ofEvents(),
  ],
);

/** How far somebody has read the log who has to read all of it, exactly once: `core/log-reader.ts`. */
export const logPosition = pgTable(
  "log_position",
  {
    reader: textC("reader").notNull(),
    /** Refers to a stream, but not by a key: that would hold the stream while a reader works, and its writers wait. */
    streamId: id("stream_id").notNull(),
    version: whole("version").notNull(),
  },
  (t) => [primaryKey({ columns: [t.streamId, t.reader] })],
);

/** What a mutation answered, for its repeats (rule L5). Kept for 72 hours. */
export const mutation = pgTable(
  "mutation",
  {
    userId: id("user_id").notNull(),
    id: id().notNull(),
    procedure: text("procedure").notNull(),
    /** SHA-256 of the parsed input, hex. */
    inputHash: text("input_hash").notNull(),
    /** SQL null: the answer held a secret and was not kept. */
    result: jsonb("result"),
    streamId: id("stream_id").notNull(),
    version: whole("version").notNull(),
    at: instant("at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.id] }), index("mutation_at").on(t.at), ...ofUser()],
);
