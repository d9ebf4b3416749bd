import type { Assume, SQLWrapper } from "drizzle-orm";
import type { PgRaw } from "drizzle-orm/pg-core/query-builders/raw";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { LaneSettings, Parameter, Run } from "./lane.ts";
import { Pool, type Statement } from "./pool.ts";
import * as schema from "./schema/index.ts";
import { toStatement } from "./statement.ts";
import { enter, keyOf, type Tenant } from "./tenant.ts";

/** The database, a transaction in it, or a tenant of it: all run statements. */
export type Db = Pick<PostgresJsDatabase<typeof schema>, "execute">;

/** A transaction that goes from tenant to tenant: a statement sees the rows of the one that was entered last. */
export interface TenantTransaction extends Db {
  enter(tenant: Tenant): void;
}

/** What a tenant has: each statement goes in a transaction of its own, in one round trip. */
export interface TenantDb extends Db {
  /** A transaction in this tenant, to begin with. Statements leave as they are asked for, in that order. */
  transaction<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T>;
  /** One to read only, for which nothing changes while it lasts. The planner may read whole tables. */
  snapshot<T>(work: (db: Db) => Promise<T>): Promise<T>;
}

interface Tenants {
  within(tenant: Tenant): TenantDb;
  /** The same to read only: statements that are asked for together share a transaction, each answered as it comes. */
  reading(tenant: Tenant): Db;
}

/** All that a process may say to the database. Outside of a tenant it sees nothing that belongs to an organisation. */
export type Database = PostgresJsDatabase<typeof schema> & Tenants;

export type ConnectionOptions = { url: string } | { host: string; port: number; user: string; database: string };

export interface DatabaseClient {
  readonly db: Database;
  /** How many connections were lost so far: behind the next one may be another database than before. */
  losses(): number;
  close(): Promise<void>;
}

/**
 * Opens a pool of connections. Nothing is dialed before the first statement. `silenceMs`: a connection that answers
 * nothing for so long is lost; undefined: statements may take as long as they take. `waitMs`: who waits for a connection
 * for longer is refused (POOL_BUSY).
 */
export function connect(
  connection: ConnectionOptions,
  options: { max: number; silenceMs?: number | undefined; waitMs?: number | undefined },
): DatabaseClient {
  const { silenceMs } = options;
  // The database ends by itself what would lose its connection here.
  const open = opener(connection, silenceMs === undefined ? undefined : silenceMs - 1_000);
  // Never connects: it is what Drizzle sets its parsers on, which the clients that do connect share.
  const model = open({});
  const pool = new Pool({
    ...options,
    open(own) {
      const client = open(own);
      Object.assign(client.options.parsers, model.options.parsers);
      Object.assign(client.options.serializers, model.options.serializers);
      return client;
    },
  });
  return {
    db: Object.assign(drizzle({ client: pooled(model, pool), schema }), tenantsOf(pool)),
    losses: () => pool.losses,
    close: () => pool.close(5_000),
  };
}

/** Makes clients of a database with what all connections of Trestle have in common. */
export function opener(connection: ConnectionOptions, statementMs = 0): (own: Partial<LaneSettings>) => postgres.Sql {
  const settings = {
    connect_timeout: 5,
    // It would end a connection whatever runs on it, also in the middle of a transaction.
    max_lifetime: null,
    // postgres.js leaves the rejection of its own type query unhandled when a backend ends just then, which would end
    // the process. We name the types of arrays ourselves.
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: "trestle",
      idle_in_transaction_session_timeout: 30_000,
      lock_timeout: 10_000,
      ...(statementMs > 0 && { statement_timeout: statementMs }),
    },
  };
  return (own) => {
    const all = { ...settings, ...own };
    return "url" in connection ? postgres(connection.url, all) : postgres({ ...connection, ...all });
  };
}

const SNAPSHOT = "begin isolation level repeatable read, read only";

function tenantsOf(pool: Pool): Tenants {
  return {
    within(tenant) {
      return {
        ...asDb((query) => pool.runBehind(enter(tenant), toStatement(query))),
        transaction: (work) => pool.transaction((run) => work(tenantTransaction(run, tenant))),
        snapshot: (work) => pool.transaction((run) => work(tenantTransaction(run, tenant)), SNAPSHOT),
      };
    },
    reading: (tenant) => reading(pool, tenant),
  };
}

interface Asked extends PromiseWithResolvers<unknown> {
  readonly statement: Statement;
}

function reading(pool: Pool, tenant: Tenant): Db {
  let asked: Asked[] = [];
  const send = () => {
    const together = asked;
    asked = [];
    const sending = pool.transaction(async (run) => {
      const { text, params } = enter(tenant);
      run(text, params, false).catch(() => {});
      for (const { statement, resolve } of together) resolve(run(statement.text, statement.params, false));
    }, "begin read only");
    // There was no connection for them. Who has an answer hears nothing more.
    sending.catch((error: unknown) => {
      for (const { reject } of together) reject(error);
    });
  };
  return asDb((query) => {
    const one = { statement: toStatement(query), ...Promise.withResolvers<unknown>() };
    // It leaves when all promises of this turn of the event loop were followed: what is asked for together was asked for.
    if (asked.push(one) === 1) queueMicrotask(() => process.nextTick(send));
    return one.promise;
  });
}

function tenantTransaction(run: Run, tenant: Tenant): TenantTransaction {
  let entered = keyOf({});
  let wanted = tenant;
  const send = ({ text, params }: Statement): Promise<unknown> => {
    const rows = run(text, params, false);
    // Whoever waits for it meets its failure, and so does the end of the transaction.
    rows.catch(() => {});
    return rows;
  };
  const db = asDb((query) => {
    if (keyOf(wanted) !== entered) void send(enter(wanted));
    entered = keyOf(wanted);
    return send(toStatement(query));
  });
  return {
    ...db,
    enter(tenant) {
      wanted = tenant;
    },
  };
}

/** Its statements are sent when they are asked for, and not when they are awaited, as Drizzle's are. */
function asDb(run: (query: SQLWrapper) => Promise<unknown>): Db {
  function execute<Found extends Record<string, unknown> = Record<string, unknown>>(
    query: SQLWrapper | string,
  ): PgRaw<postgres.RowList<Assume<Found, postgres.Row>[]>>;
  function execute(query: SQLWrapper | string): Promise<unknown> {
    if (typeof query === "string") throw new Error("a statement is made by the template, which binds what is in it");
    return run(query);
  }
  return { execute };
}

/** The client with the pool behind what Drizzle uses of it. */
function pooled<Client extends object>(model: Client, pool: Pool): Client {
  const begin = (work: (client: Client) => Promise<unknown>) =>
    pool.transaction((run) => work(replacing(model, { unsafe: unsafe(run) })));
  return replacing(model, { unsafe: unsafe((...statement) => pool.run(...statement)), begin });
}

function replacing<Client extends object>(client: Client, methods: Record<string, unknown>): Client {
  return new Proxy(client, {
    get: (target, key): unknown => (key in methods ? Reflect.get(methods, key) : Reflect.get(target, key, target)),
  });
}

/** A statement of postgres.js runs when it is awaited, or when its rows are asked for as arrays of values. */
function unsafe(run: Run) {
  return (text: string, params: readonly Parameter[] = []) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- what Drizzle awaits
    then: (...handlers: Parameters<Promise<unknown>["then"]>) => run(text, params, false).then(...handlers),
    values: () => run(text, params, true),
  });
}
