import { sql } from "drizzle-orm";
import type { AppServices } from "../../server/core/context.ts";
import type { Worker } from "../../server/core/jobs.ts";
import { rulesWorker } from "../../server/domains/automation/run-rules.ts";
import { blockersWorker } from "../../server/domains/work/blockers.service.ts";
import { occurrencesWorker, queueOccurrences } from "../../server/domains/work/occurrences.service.ts";
import type { World } from "./world.ts";

const { signal } = new AbortController();
const WORKERS: Readonly<Record<string, (services: AppServices) => Worker>> = {
  "blockers.recount": blockersWorker,
  "recurrences.make": occurrencesWorker,
  "rules.run": rulesWorker,
};
/** What one job leads to others do; so many times is enough. */
const MOST_ROUNDS = 60;

/** Does all that follows of itself, each job twice at once, until nothing waits any more. */
export async function doJobs({ db, services }: World): Promise<void> {
  await queueOccurrences(services);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await services.logReader.catchUp();
    const jobs = await db.execute<{ name: string; data: unknown }>(sql`
      delete from pgboss.job where name in (select jsonb_array_elements_text(${JSON.stringify(Object.keys(WORKERS))}::jsonb))
      returning name, data`);
    if (jobs.length === 0) return;
    for (const { name, data } of jobs) {
      const worker = WORKERS[name]?.(services);
      await Promise.all([worker?.run(data, signal), worker?.run(data, signal)]);
    }
  }
  throw new Error("what follows of itself goes on and on");
}
