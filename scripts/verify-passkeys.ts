/** `npm run verify:passkeys`: passkeys of a real browser against a server. `--help` tells more. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { chromium, type CDPSession, type Page } from "playwright-core";
import { z } from "zod";
import { foundBrowser } from "./browser.ts";
import { explain, openServer } from "./own-server.ts";

const HELP = `Usage: npm run verify:passkeys [-- --browser /usr/bin/chromium]

Chromium, with a virtual authenticator in place of a finger or a key, makes passkeys on a page of an allowed origin and
signs in by them to a server of its own: alone, after the password, and to prove itself again; and is refused without
being unlocked, with a passkey that was removed, and on a page of another host. Takes some ten seconds, and needs
Chromium or Chrome.
`;

/** A page that does nothing by itself, and which any origin of this machine can show. */
const PAGE = "<!doctype html><meta charset=utf-8><title>Passkeys</title>";

const Answered = z.union([
  z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) }),
  z.object({ error: z.object({ json: z.object({ data: z.object({ kind: z.string() }) }) }) }),
]);
const Challenge = z.object({ ticket: z.string(), options: z.record(z.string(), z.unknown()) });

/** A browser on a page, and what it does there. */
class Visitor {
  readonly #page: Page;
  readonly #device: CDPSession;
  readonly #url: string;
  #authenticatorId = "";

  constructor(page: Page, device: CDPSession, url: string) {
    this.#page = page;
    this.#device = device;
    this.#url = url;
  }

  /** Takes another authenticator, which has no passkeys yet, and whose owner unlocks it or does not. */
  async plugIn({ unlocks = true } = {}): Promise<void> {
    if (this.#authenticatorId === "") await this.#device.send("WebAuthn.enable");
    else await this.#device.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: this.#authenticatorId });
    const { authenticatorId } = await this.#device.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: unlocks,
        automaticPresenceSimulation: true,
      },
    });
    this.#authenticatorId = authenticatorId;
  }

  async go(to: string): Promise<void> {
    await this.#page.goto(to);
  }

  /** What the page is answered; fails with the kind of a refusal. */
  async call(path: string, input?: unknown): Promise<unknown> {
    const isQuery = path === "auth.me";
    const asked = { to: `${this.#url}/trpc/${path}`, isQuery, body: JSON.stringify({ json: input ?? {} }) };
    const answer = await this.#page.evaluate(async ({ to, isQuery: asksOnly, body }) => {
      const headers = { "content-type": "application/json" };
      const sent = asksOnly ? {} : { method: "POST", headers, body };
      const response = await fetch(to, { ...sent, credentials: "include" });
      return response.text();
    }, asked);
    const parsed = Answered.parse(JSON.parse(answer));
    if ("error" in parsed) throw new Error(parsed.error.json.data.kind);
    return parsed.result.data.json;
  }

  /** `navigator.credentials.create()`, by what browsers make of JSON themselves. */
  create(options: unknown): Promise<unknown> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
      const made = await navigator.credentials.create({ publicKey });
      return made instanceof PublicKeyCredential ? made.toJSON() : null;
    }, Creation.parse(options));
  }

  /** `navigator.credentials.get()` */
  get(options: unknown): Promise<unknown> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
      const signed = await navigator.credentials.get({ publicKey });
      return signed instanceof PublicKeyCredential ? signed.toJSON() : null;
    }, Request.parse(options));
  }

  async signIn(ticket?: string): Promise<unknown> {
    const challenge = Challenge.parse(await this.call("auth.passkeyChallenge", ticket === undefined ? {} : { ticket }));
    const credential = await this.get(challenge.options);
    return this.call("auth.signInWithPasskey", { ticket: challenge.ticket, credential });
  }
}

const Creation = z.custom<PublicKeyCredentialCreationOptionsJSON>((value) => typeof value === "object");
const Request = z.custom<PublicKeyCredentialRequestOptionsJSON>((value) => typeof value === "object");

/** That something fails, and for this reason. */
async function refused(work: Promise<unknown>, reason: RegExp): Promise<void> {
  const message = await work.then(() => "it was done", String);
  if (!reason.test(message)) throw new Error(`expected ${reason}: ${message}`);
}

/** Everything that a visitor does, with what that shows. */
async function* visit(visitor: Visitor, pages: { ours: string; foreign: string }): AsyncGenerator<string> {
  const account = { email: `ada-${Date.now()}@example.test`, password: "correct horse battery" };
  await visitor.go(pages.ours);
  await visitor.plugIn();
  await visitor.call("auth.signUp", { ...account, name: "Ada" });
  const credential = await visitor.create(await visitor.call("passkeys.challenge"));
  const Made = z.object({ passkey: z.object({ id: z.string() }), recoveryCodes: z.array(z.string()).length(10) });
  const { passkey } = Made.parse(await visitor.call("passkeys.create", { name: "Phone", credential }));
  yield "a browser makes a passkey";

  await refused(
    visitor.call("passkeys.challenge").then((options) => visitor.create(options)),
    /InvalidStateError/u,
  );
  yield "the same device makes no second one for the account";

  await visitor.call("auth.signOut");
  await refused(visitor.call("auth.me"), /SIGN_IN_REQUIRED/u);
  await visitor.signIn();
  const Me = z.object({ user: z.object({ email: z.literal(account.email) }) });
  Me.parse(await visitor.call("auth.me"));
  yield "it signs in by it alone, and the cookie is a session of its owner";

  const asked = await visitor.call("auth.reauthenticationChallenge");
  await visitor.call("auth.reauthenticate", { credential: await visitor.get(asked) });
  yield "it proves again who its owner is";

  await visitor.call("auth.signOut");
  const HalfWay = z.object({ state: z.literal("second-factor"), ticket: z.string() });
  const { ticket } = HalfWay.parse(await visitor.call("auth.signIn", account));
  await refused(visitor.call("auth.me"), /SIGN_IN_REQUIRED/u);
  await visitor.signIn(ticket);
  Me.parse(await visitor.call("auth.me"));
  yield "it is the second factor after the password, and before it there is no session";

  await visitor.go(pages.foreign);
  await refused(visitor.signIn(), /SecurityError/u);
  await visitor.go(pages.ours);
  yield "a page of another host gets nothing of it";

  await visitor.call("passkeys.delete", { passkeyId: passkey.id });
  await visitor.call("auth.signOut");
  await refused(visitor.signIn(), /PASSKEY_WRONG/u);
  yield "a passkey that was removed signs nobody in, though the device still has it";

  await visitor.plugIn({ unlocks: false });
  await visitor.call("auth.signIn", account);
  await refused(
    visitor.call("passkeys.challenge").then((options) => visitor.create(options)),
    /NotAllowedError/u,
  );
  yield "a device that its owner does not unlock makes none";
}

async function main(executablePath: string): Promise<void> {
  const server = await openServer(console.log);
  const pages = createServer((_, res) => void res.setHeader("content-type", "text/html").end(PAGE));
  try {
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    const port = portOf(pages.address());
    // A sandbox of its own is nothing that a container lets it have.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      const context = await browser.newContext();
      const page = await context.newPage();
      const url = server.url.replace("127.0.0.1", "localhost");
      const visitor = new Visitor(page, await context.newCDPSession(page), url);
      const origins = { ours: `http://localhost:${port}/`, foreign: `http://127.0.0.1:${port}/` };
      for await (const shown of visit(visitor, origins)) console.log(`✓ ${shown}`);
      console.log(`By ${browser.browserType().name()} ${browser.version()}.`);
    } finally {
      await browser.close();
    }
  } finally {
    pages.close();
    await server.close();
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (typeof address !== "object" || address === null) throw new TypeError("a server has a port");
  return address.port;
}

try {
  const { values } = parseArgs({ options: { browser: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help === true) console.log(HELP);
  else await main(values.browser ?? foundBrowser());
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
