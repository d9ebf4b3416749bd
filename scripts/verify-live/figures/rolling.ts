import { createTrestle, type Trestle } from "../../../client/index.ts";
import { type Figure, figure } from "./figure.ts";
import { Stage, until } from "./stage.ts";

const WRITERS = 8;
const READERS = 40;
const ROUNDS = 3;

/** Two servers are restarted one after the other, three times, while people write and watch through the balancer. */
export async function whileRolling(): Promise<Figure[]> {
  const stage = await Stage.open({ processes: 2 });
  try {
    const readers = await stage.read(await stage.system.openDoor("readers"), READERS);
    const writers = await Promise.all(Array.from({ length: WRITERS }, (_, index) => Writer.open(stage, index)));
    const writing = writers.map((writer) => writer.writeUntilStopped());
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const server of stage.system.servers) {
        await server.stop();
        await server.start();
      }
    }
    for (const writer of writers) writer.stop();
    await Promise.all(writing);
    const asked = writers.flatMap(({ asked }) => asked);
    const failed = writers.flatMap(({ failed }) => failed);
    const done = await eventsOf(stage, asked);
    const last = await stage.change({ title: "After all" });
    await until(() => readers.every(({ version }) => version >= last), "some readers did not come that far");
    const snapshots = readers.reduce((sum, { reasons }) => sum + reasons.length - 1, 0);
    const unanswered = writers.reduce((sum, writer) => sum + writer.requests, 0) - asked.length;
    return [
      figure("rolling restart: failed mutations", "0", `${failed.length} of ${asked.length}`, failed.length === 0),
      figure("rolling restart: done twice or not at all", "0", String(asked.length - done), done === asked.length),
      figure("rolling restart: sent once more, for want of an answer", "-", String(unanswered), true),
      figure("rolling restart: watches that needed a snapshot", "0", String(snapshots), snapshots === 0),
    ];
  } finally {
    await stage.close();
  }
}

/** Somebody who changes the task again and again, by a client that counts what it sends. */
class Writer {
  /** The names of its mutations. */
  readonly asked: string[] = [];
  readonly failed: unknown[] = [];
  requests = 0;
  readonly #stage: Stage;
  readonly #trestle: Trestle;
  #isStopped = false;

  private constructor(stage: Stage, url: string, token: string) {
    this.#stage = stage;
    const counted: typeof fetch = (input, init) => {
      this.requests += 1;
      return fetch(input, init);
    };
    this.#trestle = createTrestle({ url, token, fetch: counted });
  }

  static async open(stage: Stage, index: number): Promise<Writer> {
    const { token } = await stage.admit();
    return new Writer(stage, await stage.system.openDoor(`writer ${index}`), token);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async writeUntilStopped(): Promise<void> {
    while (!this.#isStopped) {
      const mutationId = crypto.randomUUID();
      this.asked.push(mutationId);
      const change = { ...this.#stage.task, mutationId, title: `Change ${mutationId}` };
      await this.#trestle.tasks.update.mutate(change).catch((error: unknown) => this.failed.push(error));
    }
    await this.#trestle.close();
  }
}

/** How many of these mutations are in the log exactly once. */
async function eventsOf({ system }: Stage, mutationIds: readonly string[]): Promise<number> {
  const rows = await system.cluster.query(
    (sql) => sql<{ id: string }[]>`
      select mutation_id as id from event group by mutation_id having count(*) = 1`,
  );
  const once = new Set(rows.map(({ id }) => id));
  return mutationIds.filter((id) => once.has(id)).length;
}
