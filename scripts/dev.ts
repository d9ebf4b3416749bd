/**
 * `npm run dev`: the server, started again at every change, and beside it the page, which follows what is written in `web/`.
 * The server is where PORT says, the page where `npm run dev -- --page-port 5173` does.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "vite";
import { isUnderNpm, readEnv } from "../server/env.ts";
import { proxyTo } from "../web/vite.config.ts";

const ROOT = join(import.meta.dirname, "..");
const SERVER = ["--watch", "--import", "./scripts/drizzle-cjs.mjs", "server/main.ts"];

const { values } = parseArgs({ options: { "page-port": { type: "string", default: "5173" } } });
const pagePort = Number(values["page-port"]);
if (!Number.isInteger(pagePort) || pagePort < 1 || pagePort > 65_535) {
  console.error("--page-port must be a whole number from 1 to 65535.");
  process.exit(2);
}
const page = await createServer({
  configFile: join(ROOT, "web/vite.config.ts"),
  server: { port: pagePort, proxy: proxyTo(`http://localhost:${readEnv().PORT}`) },
});
// First, since it fails when something else listens there: then there is no server yet that would go on without it.
await page.listen();
page.printUrls();
const server = spawn(process.execPath, SERVER, { cwd: ROOT, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.kill(signal));
server.once("exit", (code) => {
  void page.close().then(() => process.exit(code ?? 0));
});
// npm does not hand SIGTERM on: it ends.
const parent = process.ppid;
setInterval(() => {
  if (isUnderNpm() && process.ppid !== parent) server.kill("SIGTERM");
}, 250).unref();
