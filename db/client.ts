import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { LaneSettings, Parameter, Run } from "./lane.ts";
import { Pool } from "./pool.ts";
import * as schema from "./schema/index.ts";

/** The database, or a transaction in it: both run statements. */
export type Db = Pick<
  PostgresJsDatabase<typeof schema>,
  "select" | "selectDistinct" | "insert" | "update" | "delete" | "execute" | "with" | "$with"
>;
export type Database = PostgresJsDatabase<typeof schema>;

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
    db: drizzle({ client: pooled(model, pool), schema }),
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
