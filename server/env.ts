import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import type { FilesConfig } from "./core/files/files.ts";
import { ProviderConfigs } from "./core/identity-providers.ts";
import { isNetwork } from "./core/proxies.ts";

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

function wholeNumber(min: number, max: number) {
  const says = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(says).int(says).min(min, says).max(max, says);
}

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//u, "must begin with postgres:// or postgresql://")
  .refine((url) => !isVerifiedByAddress(url), "has to name its host for sslmode=verify-full: an address has no name");

/** `Name <name@example.org>`. */
const sender = z
  .string()
  .regex(/^[^<>"\r\n]{1,100} <[^<>\s@]+@[^<>\s@]+>$/u, "must look like: Name <name@example.org>");

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("must be JSON");
    return z.NEVER;
  }
});

/** The entries of a list that is separated by commas. */
export function listOf(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** postgres.js would compare the certificate with the name "localhost". */
function isVerifiedByAddress(url: string): boolean {
  const { hostname, searchParams } = URL.canParse(url) ? new URL(url) : new URL("postgres://localhost");
  return searchParams.get("sslmode") === "verify-full" && isIP(hostname.replaceAll(/[[\]]/gu, "")) !== 0;
}

/** What is configured: the keys of `.env.example`. An empty value is the default. */
export const Env = z.object({
  /** The address to listen on. Anything but loopback should stand behind https. */
  HOST: z.string().default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(3000),
  /** Where the embedded Postgres and the demo's passwords live. */
  DATA_DIR: z.string().default("./data"),
  /** A Postgres of your own, 14 or later; empty: an embedded 18 in DATA_DIR. */
  DATABASE_URL: postgresUrl.optional(),
  /** The owner of its tables, who migrates; empty: whoever DATABASE_URL is, which production refuses. */
  MIGRATION_DATABASE_URL: postgresUrl.optional(),
  DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
  /**
   * The keys that fields are encrypted by, each 32 random bytes in base64: the first is the one of now. Or a file with
   * them. Empty: with an embedded database, outside production, one is made in DATA_DIR.
   */
  ENCRYPTION_KEY: z.string().optional(),
  ENCRYPTION_KEY_FILE: z.string().optional(),
  /** Files with a certificate and its key, PEM: with both, the server speaks HTTPS and WSS itself. */
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  /** The address that people reach this server by; empty: http://localhost:PORT, or https with a certificate. */
  PUBLIC_URL: z.url({ protocol: /^https?$/u }).optional(),
  /** Lets a production server be reached by plain HTTP: for a private network, whose every machine is trusted. */
  ALLOW_HTTP: flag.default(false),
  /** More origins whose pages may use this server with cookies, separated by commas. */
  ALLOWED_ORIGINS: z.string().default(""),
  /** Our own proxies, whose X-Forwarded-For is believed: addresses and networks, separated by commas. */
  TRUSTED_PROXIES: z
    .string()
    .refine((text) => listOf(text).every(isNetwork), "must be addresses or networks such as 10.0.0.0/8")
    .default(""),
  /** The server that takes mail, with its user and password; empty: mail goes to DATA_DIR/mail. */
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//u, "must begin with smtp:// or smtps://")
    .refine((text) => URL.canParse(text), "is no address of a server")
    .optional(),
  /** Who mail is from. */
  MAIL_FROM: sender.default("Trestle <trestle@localhost.localdomain>"),
  /**
   * "mail": an account is made only with a code that was mailed to its address, and nobody learns which addresses have
   * one. "open": without. Empty: mail in production, open elsewhere.
   */
  SIGN_UP: z.enum(["open", "mail"]).optional(),
  /** Whom else people may sign in by (OpenID Connect): a list, in JSON. */
  OIDC_PROVIDERS: json.pipe(ProviderConfigs).default([]),
  /** A bucket of an S3-compatible store for files; empty: they are in DATA_DIR/files. */
  FILES_S3_BUCKET: z.string().optional(),
  /** Where it is, when it is not Amazon's. */
  FILES_S3_ENDPOINT: z.url({ protocol: /^https?$/u }).optional(),
  FILES_S3_REGION: z.string().default("us-east-1"),
  /** Empty: what the machine has, such as a role. */
  FILES_S3_ACCESS_KEY_ID: z.string().optional(),
  FILES_S3_SECRET_ACCESS_KEY: z.string().optional(),
  /** The largest file that may be attached, the largest archive that is imported, and what the files of an organisation may take together (0: as much as they like), in MiB. */
  FILE_MAX_MIB: wholeNumber(1, 5_000).default(100),
  ARCHIVE_MAX_MIB: wholeNumber(1, 1_000_000).default(2_048),
  FILES_PER_ORG_MIB: wholeNumber(0, 1_000_000_000).default(20_480),
  /** What files may be, by what is in them, separated by commas, such as image/*,application/pdf; empty: anything. */
  FILE_TYPES: z
    .string()
    .refine(
      (text) => listOf(text).every((type) => /^[\w.+-]+\/(?:[\w.+-]+|\*)$/u.test(type)),
      "must be types such as image/png or image/*",
    )
    .default(""),
  /** What each account and address may call in a second, and at once; a call costs 1 or more. 0: as much as they like. */
  CALLS_PER_SECOND: wholeNumber(0, 1_000_000).default(100),
  CALLS_AT_ONCE: wholeNumber(100, 10_000_000).default(5_000),
  /** How late the event loop may come before what can wait is refused, in milliseconds; 0: however late. */
  SHED_AT_LAG_MS: wholeNumber(0, 60_000).default(250),
  /** How long a connection that nothing is asked on stays open, in seconds. */
  KEEP_ALIVE_SECONDS: wholeNumber(1, 3_600).default(75),
  /** How long a stopping process still takes calls after it said that it is not ready, in milliseconds. */
  DRAIN_GRACE_MS: wholeNumber(0, 3_000).default(0),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("warn"),
  /** "production" turns off the demo and the origins of loopback. */
  NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
  /** Whether an empty embedded database gets a demo organisation at the start. */
  DEMO: flag.default(true),
});
export type Env = z.infer<typeof Env>;

/** Raised with one sentence for each value that is wrong. */
export class ConfigurationError extends Error {}

/** Parses the environment, and `.env` for what it does not say. Fails with a `ConfigurationError`. */
export function readEnv(): Env {
  return parseEnvironment({ ...readDotEnv(), ...process.env });
}

/** Parses keys and values as `readEnv` does. */
export function parseEnvironment(source: Readonly<Record<string, string | undefined>>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = Env.safeParse(given);
  if (parsed.success) return requireBoth(parsed.data);
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}.`).join("\n"),
  );
}

function requireBoth(env: Env): Env {
  if ((env.FILES_S3_ACCESS_KEY_ID === undefined) !== (env.FILES_S3_SECRET_ACCESS_KEY === undefined)) {
    throw new ConfigurationError(
      "FILES_S3_ACCESS_KEY_ID: is needed with FILES_S3_SECRET_ACCESS_KEY, and the other way.",
    );
  }
  if (env.MIGRATION_DATABASE_URL !== undefined && env.DATABASE_URL === undefined) {
    throw new ConfigurationError("DATABASE_URL: is needed with MIGRATION_DATABASE_URL.");
  }
  if ((env.TLS_CERT === undefined) === (env.TLS_KEY === undefined)) return env;
  const [missing, given] = env.TLS_CERT === undefined ? ["TLS_CERT", "TLS_KEY"] : ["TLS_KEY", "TLS_CERT"];
  throw new ConfigurationError(`${missing}: is needed with ${given}.`);
}

/** Fails with a `ConfigurationError` for what nobody means in production. */
export function requireProductionSettings({ NODE_ENV, PUBLIC_URL, TLS_CERT, ALLOW_HTTP }: Env): void {
  if (NODE_ENV !== "production" || ALLOW_HTTP) return;
  const isHttps = PUBLIC_URL === undefined ? TLS_CERT !== undefined : PUBLIC_URL.startsWith("https:");
  if (isHttps) return;
  throw new ConfigurationError(
    "PUBLIC_URL: has to begin with https:// in production: by plain HTTP anybody on the way reads passwords. In a private network, whose every machine you trust, ALLOW_HTTP=true lets it.",
  );
}

/** The certificate that the server is to speak HTTPS by, if any. */
export function certificateOf({ TLS_CERT, TLS_KEY }: Env): { cert: string; key: string } | undefined {
  return TLS_CERT === undefined || TLS_KEY === undefined ? undefined : { cert: TLS_CERT, key: TLS_KEY };
}

/** Who may sign up: in production, whoever has proved an address, unless it says otherwise. */
export function signUpOf({ SIGN_UP, NODE_ENV }: Env): "open" | "mail" {
  return SIGN_UP ?? (NODE_ENV === "production" ? "mail" : "open");
}

/** Where files are, and which may come. */
export function filesOf(env: Env): FilesConfig {
  const { FILES_S3_BUCKET: bucket, FILES_S3_ENDPOINT: endpoint, FILES_S3_REGION: region } = env;
  const { FILES_S3_ACCESS_KEY_ID: accessKeyId, FILES_S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
  return {
    folder: join(env.DATA_DIR, "files"),
    s3: bucket === undefined ? undefined : { bucket, endpoint, region, credentials },
    maxBytes: env.FILE_MAX_MIB * 1_048_576,
    maxArchiveBytes: env.ARCHIVE_MAX_MIB * 1_048_576,
    maxBytesPerOrg: env.FILES_PER_ORG_MIB * 1_048_576,
    types: listOf(env.FILE_TYPES),
  };
}

/** What may be called, if there is a limit. */
export function callRateOf({ CALLS_PER_SECOND, CALLS_AT_ONCE }: Env): { perSecond: number; burst: number } | undefined {
  return CALLS_PER_SECOND === 0 ? undefined : { perSecond: CALLS_PER_SECOND, burst: CALLS_AT_ONCE };
}

function readDotEnv(): Record<string, string | undefined> {
  return existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
}

/** Whether npm runs this process: then npm's end is the only sign of a stop that it passes on. */
export function isUnderNpm(): boolean {
  return process.env["npm_lifecycle_event"] !== undefined;
}

/** The running server that the programs of scripts/ are to use (TRESTLE_URL); undefined: one of their own. */
export function readServerUrl(): string | undefined {
  const url = process.env["TRESTLE_URL"];
  return url === "" ? undefined : url;
}
