// A process of its own that calls by HTTP, so that what a client costs is not on the server's account. It reads no more
// of HTTP than these answers need, and so takes little of a machine that both share.
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { answerAsks } from "./answer-asks.ts";
import { type Called, Calls } from "./callers.contract.ts";
import { percentile } from "./measure.ts";

type Line = Calls["lines"][number];

const END_OF_HEAD = "\r\n\r\n";
const END_OF_CHUNKS = "0\r\n\r\n";

/** What goes on in the next round: connections, by who is called and which of their callers this is … */
const kept = new Map<string, Socket>();
/** … and whose turn it is of some bodies, by the first of them. */
const turns = new Map<string, number>();

async function callAll({ lines, until }: Calls): Promise<Called> {
  const startedAt = performance.now();
  let left = "calls" in until ? until.calls : Number.POSITIVE_INFINITY;
  const untilMs = "ms" in until ? startedAt + until.ms : Number.POSITIVE_INFINITY;
  const answered = lines.map(() => 0);
  const latenciesMs: number[] = [];
  let bytes = 0;
  const callOn = async (line: Line, index: number) => {
    const socket = await connection(line, index);
    const key = line.bodies[0] ?? "";
    const requests = requestsOf(line);
    for (let at = performance.now(), calls = 1; left > 0 && at < untilMs; calls += 1) {
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      left -= 1;
      bytes += await call(socket, requests[turn % requests.length] ?? "");
      const now = performance.now();
      latenciesMs.push(now - at);
      answered[index] = calls;
      at = now;
    }
  };
  await Promise.all(lines.map(callOn));
  const ms = performance.now() - startedAt;
  return { ms, bytes, answered, p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
}

async function connection({ url }: Line, index: number): Promise<Socket> {
  const { host, hostname, port } = new URL(url);
  const key = `${host} ${index}`;
  const known = kept.get(key);
  // A server ends connections that rest for long.
  if (known?.writable === true) return known;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  kept.set(key, socket);
  return socket;
}

function requestsOf({ url, headers, bodies }: Line): string[] {
  const { host, pathname, search } = new URL(url);
  const head = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = (method: string) => `${method} ${pathname}${search} HTTP/1.1\r\n${head.join("")}`;
  if (bodies.length === 0) return [`${start("GET")}\r\n`];
  return bodies.map(
    (body) =>
      `${start("POST")}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}${END_OF_HEAD}${body}`,
  );
}

/** Sends a request, and waits for the whole answer. Answers how long its body is, as it came. */
function call(socket: Socket, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const answer = new Answer();
    const end = (error?: Error) => {
      socket.off("data", take).off("error", end).off("close", closed);
      if (error) reject(error);
      else resolve(answer.bytes);
    };
    const closed = () => end(new Error("a server has closed the connection"));
    const take = (chunk: Buffer) => {
      answer.take(chunk);
      if (answer.isWhole) end(answer.isGood ? undefined : new Error(answer.head));
    };
    socket.on("data", take).on("error", end).on("close", closed);
    socket.write(request);
  });
}

/** An answer as it comes in, told its length by its head or in chunks. JSON has no line breaks: its last one is clear. */
class Answer {
  head = "";
  bytes = 0;
  #length = Number.NaN;
  #tail = "";
  #hasHead = false;

  get isGood(): boolean {
    return this.head.startsWith("HTTP/1.1 200");
  }

  get isWhole(): boolean {
    if (!this.#hasHead) return false;
    return Number.isNaN(this.#length) ? this.#tail.endsWith(END_OF_CHUNKS) : this.bytes >= this.#length;
  }

  take(chunk: Buffer): void {
    if (this.#hasHead) return this.#takeBody(chunk);
    this.head += chunk.toString("latin1");
    const at = this.head.indexOf(END_OF_HEAD);
    if (at === -1) return;
    this.#hasHead = true;
    const body = Buffer.from(this.head.slice(at + END_OF_HEAD.length), "latin1");
    const length = /^content-length: *(?<length>\d+)/imu.exec(this.head)?.groups?.["length"];
    if (length !== undefined) this.#length = Number(length);
    this.#takeBody(body);
  }

  #takeBody(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#tail = (this.#tail + chunk.subarray(-END_OF_CHUNKS.length).toString("latin1")).slice(-END_OF_CHUNKS.length);
  }
}

await answerAsks(Calls, async (_, calls) => callAll(calls));
