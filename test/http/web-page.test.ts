import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { expect } from "vitest";
import { test as base } from "../setup/world.ts";

const INDEX = "<!doctype html><title>Trestle</title>";
const SCRIPT = "console.log('built');".repeat(5_000);

/** A server with a page that was built: of one script. */
const test = base.extend<{ $file: { url: string } }>({
  url: [
    async ({ world }, use) => {
      const folder = await mkdtemp(join(tmpdir(), "trestle-page-"));
      await mkdir(join(folder, "assets"));
      await writeFile(join(folder, "index.html"), INDEX);
      await writeFile(join(folder, ".sources.json"), "{}");
      await writeFile(join(folder, "assets/index-abc.js"), SCRIPT);
      const { url } = await world.app({ pageFolder: folder });
      await use(url);
      await rm(folder, { recursive: true });
    },
    { scope: "file" },
  ],
});

const NAVIGATES = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

test("the page is there at / and wherever a browser goes, asks anew each time, and runs nothing but its own", async ({
  url,
}) => {
  for (const path of ["/", "/sign-in", "/boards/01900000-0000-7000-8000-000000000000"]) {
    const response = await fetch(url + path, NAVIGATES);
    expect([path, response.status, await response.text()]).toEqual([path, 200, INDEX]);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types trestle-tabs");
    expect(policy).not.toContain("unsafe");
    const again = await fetch(url + path, {
      headers: { ...NAVIGATES.headers, "if-none-match": response.headers.get("etag") ?? "" },
    });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(INDEX.length), ""]);
});

test("its files are kept for good, and come compressed to whoever takes that", async ({ url }) => {
  const path = `${url}/assets/index-abc.js`;
  const plain = await fetch(path, { headers: { "accept-encoding": "identity" } });
  expect([await plain.text(), plain.headers.get("content-type")]).toEqual([SCRIPT, "text/javascript; charset=utf-8"]);
  expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  const raw = await new Promise<IncomingMessage>((resolve, reject) => {
    request(path, { headers: { "accept-encoding": "gzip;q=0.5, br" } }, resolve)
      .on("error", reject)
      .end();
  });
  const { vary, "content-encoding": encoding } = raw.headers;
  expect(vary).toMatch(/Accept-Encoding/iu);
  expect([encoding, brotliDecompressSync(Buffer.concat(await raw.toArray())).toString()]).toEqual(["br", SCRIPT]);
});

test("what is no file of it is not found: nothing beside the folder, no copy, no call", async ({ url }) => {
  for (const path of [
    "/.sources.json",
    "/assets/../../package.json",
    "/assets/%2e%2e/package.json",
    "/index.html",
    "/assets/other.js",
  ]) {
    expect([path, (await fetch(url + path, NAVIGATES)).status]).toEqual([path, 404]);
  }
  expect((await fetch(`${url}/boards`, { headers: { accept: "application/json" } })).status).toBe(404);
  expect((await fetch(`${url}/sign-in`, { method: "POST", ...NAVIGATES })).status).toBe(405);
  expect(await (await fetch(`${url}/healthz`, NAVIGATES)).json()).toEqual({ status: "ok" });
});
