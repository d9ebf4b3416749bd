import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  inputRequired,
  type InputRequiredResult,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { canonicalJson } from "../core/canonical-json.ts";
import type { RootKeys } from "../core/encryption/root-keys.ts";
import { sha256 } from "../core/secrets.ts";

/** How long somebody has to confirm. */
const TTL_SECONDS = 300;

const Answered = z.object({ confirm: z.boolean() });
const Elicitation = z.looseObject({ form: z.unknown().optional(), url: z.unknown().optional() });
const Capabilities = z.looseObject({ elicitation: Elicitation.optional() });

/** What is to be confirmed: a call, by its exact input. */
export interface Confirmable {
  readonly path: string;
  readonly input: unknown;
}

/** How confirmation is asked for: by a question that the client shows, or by what the agent is told. */
export type ConfirmationRequest =
  | { readonly way: "asked"; readonly result: InputRequiredResult }
  | { readonly way: "told"; readonly confirmation: string };

/**
 * Confirmations of what destroys. Where the client can ask whoever sits before it, it is asked to; else the agent is given
 * a token to call again with. Both are good for one key, one call by its exact input, and a few minutes, in any process.
 */
export class Confirmations {
  readonly #codec: RequestStateCodec<string>;

  constructor(rootKeys: RootKeys) {
    const key = rootKeys.derive("confirmations of agents").export();
    this.#codec = createRequestStateCodec<string>({ key, ttlSeconds: TTL_SECONDS, bind: keyIdOf });
  }

  /** What was said to a call; `open`: nothing yet. `confirmation`: what the agent says that it was given for it. */
  async find(call: Confirmable, confirmation: unknown, ctx: ServerContext): Promise<"confirmed" | "declined" | "open"> {
    if (!canAsk(ctx)) return (await this.#isMeant(confirmation, "told", call, ctx)) ? "confirmed" : "open";
    const { inputResponses } = ctx.mcpReq;
    if (!inputResponses || !(await this.#isMeant(ctx.mcpReq.requestState(), "asked", call, ctx))) return "open";
    return acceptedContent(inputResponses, "confirm", Answered)?.confirm === true ? "confirmed" : "declined";
  }

  /** Asks for it. */
  async request(call: Confirmable, message: string, ctx: ServerContext): Promise<ConfirmationRequest> {
    if (!canAsk(ctx)) return { way: "told", confirmation: await this.#codec.mint(meaning("told", call), ctx) };
    const confirm = inputRequired.elicit({ message, requestedSchema: Answered });
    const requestState = await this.#codec.mint(meaning("asked", call), ctx);
    return { way: "asked", result: inputRequired({ inputRequests: { confirm }, requestState }) };
  }

  async #isMeant(
    token: unknown,
    way: ConfirmationRequest["way"],
    call: Confirmable,
    ctx: ServerContext,
  ): Promise<boolean> {
    if (typeof token !== "string") return false;
    // It fails for what was made up, is too old, or another key's.
    return this.#codec.verify(token, ctx).then(
      (meant) => meant === meaning(way, call),
      () => false,
    );
  }
}

/** An agent that was told the one is not thereby somebody who was asked. */
function meaning(way: ConfirmationRequest["way"], { path, input }: Confirmable): string {
  return `${way} ${sha256(canonicalJson([path, input]))}`;
}

function keyIdOf({ http }: ServerContext): string {
  const keyId = http?.authInfo?.clientId;
  if (keyId === undefined) throw new TypeError("agents come by HTTP, with a key");
  return keyId;
}

/** Whether the client shows forms to somebody. Before revision 2026-07-28 it does not say so with the call. */
function canAsk({ mcpReq }: ServerContext): boolean {
  const said: unknown = Reflect.get(Object(mcpReq.envelope), CLIENT_CAPABILITIES_META_KEY);
  const elicitation = Capabilities.safeParse(said).data?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
