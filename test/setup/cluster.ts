import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../db/embedded.ts";

/** A server for one run of the tests: fast because it forgets everything in a power cut; `close` removes all of it. */
export async function startTestCluster(): Promise<{
  connection: EmbeddedPostgres["connection"];
  close(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), "trestle-test-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({
      dataDir: directory,
      settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" },
    });
    return {
      connection: server.connection,
      async close() {
        await server.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
