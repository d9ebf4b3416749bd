import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createSecureContext } from "node:tls";
import type { Logger } from "./core/log.ts";
import { ConfigurationError } from "./env.ts";

/** Where a certificate, with what leads to its authority, and its key are, as PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** TLS 1.2 and later, and of it what encrypts with authentication and keeps former secrets when a key is stolen. */
const PROTOCOL = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
    "ECDHE+AESGCM:ECDHE+CHACHA20",
  ].join(":"),
  // OpenSSL's own list ends with ffdhe2048, which is of 112 bits.
  ecdhCurve: "X25519MLKEM768:X25519:prime256v1:X448:secp384r1:secp521r1",
} as const;

/** How often the files are looked at: certificates are renewed under a running server. */
const CHECK_MS = 60_000;

/**
 * A server of HTTP, or of HTTPS by TLS 1.2 and later when there is a certificate; it takes a renewed one by itself.
 * Fails with a `ConfigurationError` when the certificate is of no use.
 */
export async function createHttpServer(
  files: CertificateFiles | undefined,
  { log, checkMs = CHECK_MS }: { log: Logger; checkMs?: number | undefined },
): Promise<Server> {
  if (!files) return createServer();
  let current = await readCertificate(files);
  const server = createSecureServer({ ...current, ...PROTOCOL });
  const renew = async () => {
    try {
      const read = await readCertificate(files);
      if (read.cert === current.cert && read.key === current.key) return;
      server.setSecureContext({ ...read, ...PROTOCOL });
      current = read;
      log.info("the certificate was renewed");
    } catch (error) {
      log.warn({ err: error }, "the certificate cannot be renewed: the former one stays");
    }
  };
  const checking = setInterval(() => void renew(), checkMs).unref();
  server.once("close", () => clearInterval(checking));
  return server;
}

async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem("TLS_CERT", files.cert), readPem("TLS_KEY", files.key)]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reason = code.includes("KEY_VALUES_MISMATCH")
      ? "they do not belong together"
      : "they are no PEM that it knows";
    throw new ConfigurationError(`TLS_CERT and TLS_KEY cannot be used: ${reason}.`, { cause: error });
  }
  return { cert, key };
}

async function readPem(variable: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ConfigurationError(`${variable}: ${path} cannot be read (${code}).`, { cause: error });
  }
}
