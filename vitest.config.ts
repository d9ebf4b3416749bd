import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/setup/long-first.ts";
import { useMemory } from "./test/setup/memory.ts";

useMemory();

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/architecture/violations/**"],
    // One Postgres cluster with a migrated template database for the whole run.
    globalSetup: ["test/setup/global.ts"],
    pool: "forks",
    // The files of a worker share its modules: to load the server anew for each of them was a third of all CPU. What is
    // a file's own is its database.
    isolate: false,
    // Nor does it see what another one put in place of a global, or of what the shell has set.
    unstubGlobals: true,
    unstubEnvs: true,
    sequence: { sequencer: LongFirst },
    execArgv: ["--import", "./scripts/drizzle-cjs.mjs"],
    // Each worker holds its own connections and sockets beside the one Postgres: more of them only wait for each other.
    maxWorkers: 3,
    // A machine that others use, too, may be ten times as slow as an idle one: late is not wrong.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // A test that expects nothing, or that is alone because of an `.only` left behind, proves nothing.
    expect: { requireAssertions: true, poll: { timeout: 60_000 } },
    allowOnly: false,
    watch: false,
  },
});
