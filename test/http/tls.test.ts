import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, getCACertificates, type PeerCertificate, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { expect, onTestFinished } from "vitest";
import { createTrestle } from "../../client/index.ts";
import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { ConfigurationError, parseEnvironment } from "../../server/env.ts";
import { createCertificate, saveCertificate } from "../setup/certificate.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { test, type World } from "../setup/world.ts";

/** A server with a certificate for localhost, which this process trusts. */
async function serveSecurely({ connection }: World) {
  const certificate = await createCertificate("localhost");
  const files = await saveCertificate(certificate);
  const known = getCACertificates("default");
  setDefaultCACertificates([...known, certificate.cert]);
  const log = createLogger("silent");
  const config = {
    connection,
    poolSize: 4,
    rootKeys: TEST_ROOT_KEYS,
    host: "127.0.0.1",
    port: 0,
    log,
    certificate: files,
    certificateCheckMs: 30,
  };
  const app = await createApp(config);
  onTestFinished(async () => {
    setDefaultCACertificates(known);
    await app.close();
    await files.remove();
  });
  return { app, files, port: Number(new URL(app.url).port) };
}

async function dial(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "localhost", ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

test("calls and live boards go by HTTPS and WSS, and whoever signs in there gets a cookie for it alone", async ({
  world,
}) => {
  const { app } = await serveSecurely(world);
  expect(app.url).toMatch(/^https:/u);
  const org = await world.org();
  const { id: boardId, column } = await org.board();
  const { email, password, token } = org.owner;

  const response = await fetch(`${app.url}/trpc/auth.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ json: { email, password } }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains");
  expect(response.headers.get("set-cookie")).toMatch(/^__Host-trestle=.*; HttpOnly; .*Secure/u);
  const page = await fetch(app.url);
  expect(page.headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains");

  const trestle = createTrestle({ url: app.url, token });
  onTestFinished(() => trestle.close());
  const board = trestle.board(boardId);
  await until(() => board.status === "live");
  const task = { boardId, columnId: column("Todo"), title: "Secure" };
  await trestle.tasks.create.mutate(task);
  await until(() => board.state?.tasks.some(({ title }) => title === "Secure") === true);
});

test("a server without a certificate says nothing of https", async ({ world }) => {
  const { url } = await world.app();
  expect((await fetch(url)).headers.get("strict-transport-security")).toBeNull();
});

test("TLS 1.2 is spoken; TLS 1.1, and HTTP without it, are not", async ({ world }) => {
  const { port } = await serveSecurely(world);
  const socket = await dial(port, { maxVersion: "TLSv1.2" });
  expect(socket.getProtocol()).toBe("TLSv1.2");
  const old = dial(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
  await expect(old).rejects.toThrow(/protocol version/u);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
});

test("only ciphers of today are spoken, also after the certificate was renewed", async ({ world }) => {
  const { files, port } = await serveSecurely(world);
  const suite = async (ciphers: string) => {
    const options = { maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0`, rejectUnauthorized: false };
    return (await dial(port, options)).getCipher().name;
  };
  const spoken = async () => {
    for (const old of ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"]) {
      await expect(suite(old)).rejects.toThrow(/handshake failure/u);
    }
    expect(await suite("ECDHE+AESGCM")).toMatch(/^ECDHE-\w+-AES256-GCM-SHA384$/u);
    const agree = (ecdhCurve: string) => dial(port, { ecdhCurve, rejectUnauthorized: false });
    for (const weak of ["ffdhe2048", "ffdhe3072"]) await expect(agree(weak)).rejects.toThrow(/handshake failure/u);
    for (const curve of ["X25519MLKEM768", "X25519", "prime256v1", "secp384r1"]) await agree(curve);
    const socket = await dial(port, { rejectUnauthorized: false });
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual(["TLSv1.3", "TLS_AES_256_GCM_SHA384"]);
  };
  await spoken();
  const renewed = await createCertificate("renewed.test");
  await Promise.all([writeFile(files.cert, renewed.cert), writeFile(files.key, renewed.key)]);
  const named = async () => (await dial(port, { rejectUnauthorized: false })).getPeerCertificate().subject.CN;
  await expect.poll(named).toBe("renewed.test");
  await spoken();
});

test("a renewed certificate is taken by a running server; a broken one is not", async ({ world }) => {
  const { files, port } = await serveSecurely(world);
  const named = async () => {
    const peer: PeerCertificate = (await dial(port, { rejectUnauthorized: false })).getPeerCertificate();
    return peer.subject.CN;
  };
  expect(await named()).toBe("localhost");
  const renewed = await createCertificate("renewed.test");
  await writeFile(files.cert, renewed.cert);
  // Its key is still the former one's.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await named()).toBe("localhost");
  await writeFile(files.key, renewed.key);
  await expect.poll(named).toBe("renewed.test");
});

test("a certificate that is of no use is one sentence", async ({ world }) => {
  const files = await saveCertificate(await createCertificate("localhost"));
  const other = await saveCertificate(await createCertificate("localhost"));
  onTestFinished(async () => {
    await files.remove();
    await other.remove();
  });
  const start = (certificate: { cert: string; key: string }) => {
    const { connection } = world;
    return createApp({
      connection,
      poolSize: 2,
      rootKeys: TEST_ROOT_KEYS,
      host: "127.0.0.1",
      port: 0,
      log: createLogger("silent"),
      certificate,
    });
  };
  for (const [certificate, says] of [
    [{ cert: "/nowhere/cert.pem", key: files.key }, "TLS_CERT: /nowhere/cert.pem cannot be read (ENOENT)."],
    [{ cert: files.cert, key: "/nowhere/key.pem" }, "TLS_KEY: /nowhere/key.pem cannot be read (ENOENT)."],
    [{ cert: files.cert, key: other.key }, "TLS_CERT and TLS_KEY cannot be used: they do not belong together."],
    [{ cert: files.key, key: files.key }, "TLS_CERT and TLS_KEY cannot be used: they are no PEM that it knows."],
  ] as const) {
    await expect(start(certificate)).rejects.toThrow(new ConfigurationError(says));
  }
  expect(() => parseEnvironment({ TLS_CERT: "a" })).toThrow("TLS_KEY: is needed with TLS_CERT.");
  expect(() => parseEnvironment({ TLS_KEY: "a" })).toThrow("TLS_CERT: is needed with TLS_KEY.");
});
