import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
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
  close(): Promise<void>;
}

/**
 * Opens a pool of connections. Every statement with parameters is prepared: Drizzle sends them unprepared, with one
 * round trip more each.
 */
export function connect(connection: ConnectionOptions, options: { max: number }): DatabaseClient {
  const settings = {
    max: options.max,
    connect_timeout: 5,
    // postgres.js leaves the rejection of its own type query unhandled when a backend ends just then, which would end
    // the process. We name the types of arrays ourselves.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "trestle", idle_in_transaction_session_timeout: 30_000, lock_timeout: 10_000 },
  };
  const client = "url" in connection ? postgres(connection.url, settings) : postgres({ ...connection, ...settings });
  return {
    db: drizzle({ client: preparing(client), schema }),
    close: () => client.end({ timeout: 5 }),
  };
}

/** The client with `prepare` on for every statement that has parameters, also inside of transactions. */
function preparing<Client extends object>(client: Client): Client {
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key === "unsafe") {
        return (text: string, params?: unknown[], options?: object): unknown =>
          Reflect.apply(value, target, [text, params, params?.length ? { ...options, prepare: true } : options]);
      }
      if (key === "begin" || key === "savepoint") {
        return (...given: unknown[]): unknown => Reflect.apply(value, target, given.map(preparingCallback));
      }
      return value;
    },
  });
}

function preparingCallback(given: unknown): unknown {
  if (typeof given !== "function") return given;
  return (client: object): unknown => Reflect.apply(given, undefined, [preparing(client)]);
}
