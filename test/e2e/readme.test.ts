import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { test } from "../setup/world.ts";

const ROOT = join(import.meta.dirname, "../..");

test("the client of the README works when it is pasted", async ({ world }) => {
  const { url } = await world.app();
  const pasted = /```ts\n(?<code>.*?)```/su.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.groups?.["code"] ?? "";
  const folder = mkdtempSync(join(tmpdir(), "trestle-readme-"));
  try {
    const file = join(folder, "try.ts");
    const client = join(ROOT, "client/index.ts");
    writeFileSync(file, pasted.replace("./client/index.ts", client).replace("http://127.0.0.1:3000", url));
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
    expect(stdout.trim().split("\n")).toEqual(["live: 1 task.created", "live: 2 task.moved", "FST-1 is in Done"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
