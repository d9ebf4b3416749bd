import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { migrate } from "../../db/migrate.ts";
import { SERVER_ROLE } from "../../db/rights.ts";
import { startTestCluster } from "./cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The cluster of this run, with a migrated database to clone. */
    cluster: { host: string; port: number; user: string; database: string };
  }
}

export const TEMPLATE = "trestle_template";

/** Starts one Postgres for the run, and migrates a template that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startTestCluster();
  const sql = postgres({ ...cluster.connection, max: 1, fetch_types: false, onnotice: () => {} });
  await sql.unsafe(`create database ${TEMPLATE}`);
  await sql.end();
  await migrate({ ...cluster.connection, database: TEMPLATE }, SERVER_ROLE);
  project.provide("cluster", cluster.connection);
  return () => cluster.close();
}
