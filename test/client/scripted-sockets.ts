import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { TrackedMessage } from "../../client/fold-live.ts";
import type { LiveMessage } from "../../server/events.ts";

/** What a client asks for, as tRPC writes it. */
const Request = z.object({
  id: z.int().optional(),
  method: z.string(),
  params: z.object({ path: z.string(), lastEventId: z.string().optional() }).optional(),
});
type Request = z.infer<typeof Request>;

/** One connection, from the server's side: frames of tRPC's protocol, written by hand. */
class ScriptedSocket {
  readonly #socket: ServerSocket;
  readonly requests: Request[] = [];

  constructor(socket: ServerSocket) {
    this.#socket = socket;
    socket.on("message", (bytes: Buffer) => {
      const text = bytes.toString();
      if (text === "PING") socket.send("PONG");
      else if (text !== "PONG") this.requests.push(...[JSON.parse(text)].flat().map((frame) => Request.parse(frame)));
    });
  }

  /** The newest watch. */
  get watch(): Request | undefined {
    return this.requests.findLast(({ method }) => method === "subscription");
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  start(): void {
    this.#send({ id: this.watch?.id, result: { type: "started" } });
  }

  says(message: TrackedMessage, id = this.watch?.id): void {
    this.#send({ id, result: { type: "data", id: message.id, data: { json: message } } });
  }

  /** A message without a cursor. */
  saysUntracked(message: LiveMessage): void {
    this.#send({ id: this.watch?.id, result: { type: "data", data: { json: message } } });
  }

  /** Asks the client to dial again. */
  askToReconnect(): void {
    this.#send({ id: null, method: "reconnect" });
  }

  /** What a server says whose context throws: an answer to nothing, and the end. */
  reject(): void {
    const data = { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 };
    this.#send({ id: null, error: { json: { message: "no context", code: -32_603, data } } });
    this.#socket.close();
  }

  cut(): void {
    this.#socket.terminate();
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** A WebSocket server that says what the test lets it say. */
export async function startScriptedSockets() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const sockets: ScriptedSocket[] = [];
  let onSocket: (socket: ScriptedSocket) => void = () => {};
  server.on("connection", (socket) => {
    const scripted = new ScriptedSocket(socket);
    sockets.push(scripted);
    onSocket(scripted);
  });
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen");
  return {
    url: `http://127.0.0.1:${address.port}`,
    sockets,
    /** Runs for every connection from now on. */
    onSocket(run: (socket: ScriptedSocket) => void) {
      onSocket = run;
    },
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
