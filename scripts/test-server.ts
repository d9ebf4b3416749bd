/**
 * What `startTestServer` of @trestle/client/testing starts: a server of its own on the port that it is told, until whoever
 * started it closes the channel to it, or is gone.
 */
import { once } from "node:events";
import { explain, openOwnServer } from "./own-server.ts";

const complain = (text: string) => process.stderr.write(`${text}\n`);

const isLeft = once(process, "disconnect");
try {
  const { url, mailFolder, close } = await openOwnServer(() => {}, {
    port: Number(process.argv[2] ?? 0),
    doesJobs: true,
  });
  if (process.connected) process.send?.({ url, mailFolder });
  await isLeft;
  await close();
} catch (error) {
  complain(explain(error));
  process.exitCode = 1;
}
