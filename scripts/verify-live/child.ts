import { spawn } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/**
 * Runs `verify:live` as a process of its own, which leaves nothing behind whatever becomes of it. Answers its line of
 * JSON, undefined when there was none, and what else it said. Its progress goes on to whoever started this.
 */
export async function runChild(
  args: readonly string[],
  { nodeOptions = [], quiet = false }: { nodeOptions?: readonly string[]; quiet?: boolean } = {},
): Promise<{ line: string | undefined; said: string; code: number | null }> {
  const program = ["--import", "./scripts/drizzle-cjs.mjs", "scripts/verify-live.ts", "--json", ...args];
  const child = spawn(process.execPath, [...nodeOptions, ...program], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    child.kill("SIGINT");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  let stdout = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (!quiet) process.stderr.write(text);
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  // Whoever is asked to stop begins no other run.
  if (isStopped) process.exit(130);
  return { line: stdout.split("\n").findLast((text) => text.startsWith("{")), said, code };
}
