import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/**
 * Backs everything up, lets the run go on for a while, and puts the backup back: every log forks, and all that was
 * acknowledged in between is gone. What was lost is read before, when nobody can write any more.
 */
export function restoreBackup(world: World, dice: Random): Promise<void> {
  const { system } = world;
  // Nobody loses or gets access meanwhile: else what the run knows of it would be of another time.
  return world.alone("access", () =>
    world.alone("database", async () => {
      await system.cluster.backUp();
      await delay(dice.int(1_000, 3_000));
      await system.whileIsolated(async () => {
        world.lostTimelines.push(await world.readTimeline());
        await system.cluster.restore();
      });
    }),
  );
}
