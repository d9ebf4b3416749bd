import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { generate } from "selfsigned";
import { onTestFinished } from "vitest";

export interface TestCertificate {
  /** PEM. Its own authority. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate for these names, and for 127.0.0.1. */
export async function createCertificate(...names: readonly string[]): Promise<TestCertificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7, ip: "127.0.0.1" }],
      },
    ],
  });
  return { cert, key };
}

/** Has this process know an authority, as `NODE_EXTRA_CA_CERTS` has a server, until the end of the test. */
export function trustInTest(cert: string): void {
  const known = getCACertificates("default");
  setDefaultCACertificates([...known, cert]);
  onTestFinished(() => setDefaultCACertificates(known));
}

/** The same in files, readable by `uid` alone. */
export async function saveCertificate({ cert, key }: TestCertificate, uid = process.getuid?.() ?? 0) {
  const directory = await mkdtemp(join(tmpdir(), "trestle-certificate-"));
  const files = { cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  await writeFile(files.cert, cert, { mode: 0o644 });
  await writeFile(files.key, key, { mode: 0o600 });
  for (const path of [directory, files.cert, files.key]) await chown(path, uid, -1);
  return { ...files, remove: () => rm(directory, { recursive: true }) };
}
