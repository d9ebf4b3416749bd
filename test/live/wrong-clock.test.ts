import { fork } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import { until } from "../setup/clients.ts";
import type { World } from "../setup/world.ts";
import { test } from "./live-test.ts";

const HOUR_MS = 3_600_000;

interface Seen {
  readonly version: number;
  readonly status: string;
}

function isSeen(value: unknown): value is Seen {
  return typeof value === "object" && value !== null && "version" in value && "status" in value;
}

async function ground(world: World) {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const rename = async (title: string) => {
    const { version } = await org.owner.caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title });
    return version;
  };
  return { token: org.owner.token, boardId: board.id, rename };
}

test.for([HOUR_MS, -HOUR_MS])(
  "L7: a client whose clock is wrong by %i ms, and is set meanwhile, follows through cuts",
  async (skewMs, { world, live }) => {
    const { token, boardId, rename } = await ground(world);
    const { wire, url } = await live.wireTo();
    let seen: Seen | undefined;
    const client = fork(new URL("./skewed-client.ts", import.meta.url), [url, token, boardId, String(skewMs)]);
    client.on("message", (message: unknown) => {
      if (isSeen(message)) seen = message;
    });
    const follows = async (title: string) => {
      const version = await rename(title);
      await until(() => seen?.version === version && seen.status === "live");
    };
    await until(() => seen?.status === "live");
    await follows("Told");
    wire.cut();
    await follows("After a cut");
    client.send("set");
    wire.cut();
    await follows("After a cut and a set clock");
    client.kill("SIGKILL");
    await once(client, "exit");
    expect(seen?.status).toBe("live");
  },
);
