import type { ServerResponse } from "node:http";
import { Connection, type Connections } from "./connections.ts";

/** An answer by HTTP that lasts, a watch or a file: what ends it makes the client come again with what it has. */
export function heldAnswer(res: ServerResponse, connections: Connections): Connection {
  const end = () => res.destroy();
  const connection = new Connection({
    waitingBytes: () => res.writableLength,
    // "drain" does.
    tellWhenTaken: () => {},
    takenBytes: () => (res.socket ? res.socket.bytesWritten - res.socket.writableLength : 0),
    isDead: () => false,
    dialAgain: end,
    tryAgainLater: end,
    endSession: end,
    cut: end,
  });
  connections.add(connection);
  res.on("drain", () => connection.flow.drained());
  res.once("close", () => connections.delete(connection));
  return connection;
}
