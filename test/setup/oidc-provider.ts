import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Provider, { type ClientMetadata, type Configuration } from "oidc-provider";
import { z } from "zod";

/** A person as a provider knows them. */
export interface Subject {
  readonly sub: string;
  readonly email?: string | undefined;
  readonly email_verified?: boolean | undefined;
  readonly name?: string;
  /** How they prove themselves there. */
  readonly amr?: string[];
}

/** What a token says, and how it is signed. */
export interface Token {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** A provider of the test's own: npm's `oidc-provider`, on a free port of this machine. */
export interface TestProvider {
  readonly issuer: string;
  /** Who signs in there from now on, in every browser that asks. */
  subject: Subject;
  /** Makes another token of one; undefined: they stay as they are. */
  forge: ((token: Token, key: KeyObject) => string) | undefined;
  /** Answers no request, or with this, or without an end, or sends on to `/elsewhere`. */
  fault: "silence" | "endless" | "elsewhere" | 503 | undefined;
  /** The paths that it was asked for. */
  readonly asked: string[];
  /** Lets these clients in; signs by another key from then on. */
  open(clients: ClientMetadata[]): void;
  close(): Promise<void>;
}

interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return { kid: randomUUID(), key: privateKey };
}

/** A token with a signature by RS256. */
export function signed({ header, claims }: Token, key: KeyObject): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

/** One part of a token. */
export function part(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const Part = z.record(z.string(), z.unknown());

function read(token: string): Token {
  const [header = {}, claims = {}] = token
    .split(".", 2)
    .map((text) => Part.parse(JSON.parse(Buffer.from(text, "base64url").toString())));
  return { header, claims };
}

export async function startProvider(): Promise<TestProvider> {
  let answer: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;
  let signingKey = newKey();
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? "");
    if (provider.fault === "silence") return;
    if (provider.fault === "endless") pour(res);
    else if (provider.fault === "elsewhere") res.writeHead(302, { location: "/elsewhere" }).end();
    else if (provider.fault !== undefined) res.writeHead(provider.fault).end();
    else answer?.(req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the provider has no port");
  const provider: TestProvider = {
    issuer: `http://127.0.0.1:${address.port}`,
    subject: { sub: "nobody" },
    forge: undefined,
    fault: undefined,
    asked,
    open(clients) {
      signingKey = newKey();
      answer = answererOf(provider, signingKey, clients);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return provider;
}

/** JSON that goes on, as fast as it is taken. */
function pour(res: ServerResponse): void {
  res.writeHead(200, { "content-type": "application/json" }).write('{"issuer":"');
  const more = () => {
    while (!res.destroyed && res.write("a".repeat(65_536)));
  };
  res.on("drain", more);
  more();
}

/** Whoever comes is signed in at once, as `subject`, and agrees to everything. */
function answererOf(test: TestProvider, { kid, key }: SigningKey, clients: ClientMetadata[]) {
  const configuration: Configuration = {
    clients,
    jwks: { keys: [{ ...key.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }] },
    cookies: { keys: ["a key of the test"] },
    claims: { openid: ["sub", "amr"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...test.subject, sub }) }),
    async loadExistingGrant({ oidc }) {
      const known = oidc.session?.grantIdFor(oidc.client?.clientId ?? "");
      if (known !== undefined) return oidc.provider.Grant.find(known);
      const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
  const real = new Provider(test.issuer, configuration);
  real.use(async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    if (test.forge === undefined || ctx.path !== "/token" || typeof body !== "object" || body === null) return;
    if ("id_token" in body && typeof body.id_token === "string") {
      ctx.body = { ...body, id_token: test.forge(read(body.id_token), key) };
    }
  });
  const callback = real.callback();
  return (req: IncomingMessage, res: ServerResponse) => {
    if (!req.url?.startsWith("/interaction/")) return void callback(req, res);
    const { sub: accountId, amr = ["pwd"] } = test.subject;
    real.interactionFinished(req, res, { login: { accountId, amr } }).catch(() => res.writeHead(400).end());
  };
}
