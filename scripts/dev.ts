/** `npm run dev`: the server, started again at every change, and beside it the page, which follows what is written in `web/`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createServer } from "vite";

const ROOT = join(import.meta.dirname, "..");
const SERVER = ["--watch", "--import", "./scripts/drizzle-cjs.mjs", "server/main.ts"];

const server = spawn(process.execPath, SERVER, { cwd: ROOT, stdio: "inherit" });
const page = await createServer({ configFile: join(ROOT, "web/vite.config.ts") });
await page.listen();
page.printUrls();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => server.kill(signal));
server.once("exit", (code) => {
  void page.close().then(() => process.exit(code ?? 0));
});
