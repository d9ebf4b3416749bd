import { Line, type Tab, userIdIn } from "./line.ts";
import type { Dial, FromTab } from "./messages.ts";

/** What a `SharedWorker` is to its script. */
interface WorkerScope {
  addEventListener(type: "connect", listener: (event: MessageEvent) => void): void;
}

const lines = new Set<Line>();

/** In a `SharedWorker`: lends one socket to all tabs that are signed in as the same person (`socketOfTabs`). */
export function serveTabs(scope: WorkerScope): void {
  scope.addEventListener("connect", ({ ports: [port] }) => {
    port?.addEventListener("message", ({ data, ports: [own] }: MessageEvent<Dial>) => {
      if (own) void admit(data, own);
    });
    port?.start();
  });
}

async function admit({ url, lock }: Dial, port: MessagePort): Promise<void> {
  const tab: Tab = { waiting: 0, numbers: new Map(), say: (message) => port.postMessage(message) };
  tab.say({ isHeard: true });
  let line: Line | undefined;
  let isGone = false;
  const leave = () => {
    isGone = true;
    line?.remove(tab);
    port.close();
  };
  // Held by the tab until it is done with the socket, or gone.
  void navigator.locks.request(lock, leave);
  port.addEventListener("message", ({ data }: MessageEvent<FromTab>) => {
    if (typeof data === "string") line?.send(tab, data);
    else if ("took" in data) tab.waiting -= data.took;
    else leave();
  });
  port.start();
  try {
    line = await lineFor(url);
  } catch {
    tab.say({ code: 1006, reason: "" });
    return;
  }
  line.add(tab);
  if (isGone) line.remove(tab);
}

/**
 * A line of whoever is signed in now. The cookie may have become another one since a line was dialed: who is on it, and who
 * would be now, are both the server's word.
 */
async function lineFor(url: string): Promise<Line> {
  const known = [...lines].filter((line) => line.url === url && !line.isLeaving);
  if (known.length === 0) return dial(url);
  const [userId, ...userIds] = await Promise.all([askWho(url), ...known.map((line) => line.userId)]);
  const found = known.find((line, index) => userIds[index] === userId && lines.has(line) && !line.isLeaving);
  return found && userId !== undefined ? found : dial(url);
}

function dial(url: string): Line {
  const line: Line = new Line(url, () => lines.delete(line));
  lines.add(line);
  return line;
}

/** Who would be on a socket that is dialed now. Fails when there is no answer. */
async function askWho(socketUrl: string): Promise<string | undefined> {
  const url = new URL(socketUrl.replace(/^ws/u, "http"));
  url.search = "";
  url.pathname += "/auth.me";
  const response = await fetch(url, { credentials: "include", signal: AbortSignal.timeout(10_000) });
  return userIdIn(await response.text());
}
