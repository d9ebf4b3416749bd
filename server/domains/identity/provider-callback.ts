import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "../../core/context.ts";
import { finishTrip } from "./provider-sign-in.service.ts";

/** The provider whose redirect URI this is, when a browser goes there. */
export function providerOf({ method }: IncomingMessage, pathname: string): string | undefined {
  return method === "GET" ? /^\/sign-in\/oidc\/([a-z0-9-]+)\/callback$/u.exec(pathname)?.[1] : undefined;
}

interface Return {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly providerId: string;
  readonly searchParams: URLSearchParams;
}

/** Takes a browser back from a provider, and sends it on to a page of ours. */
export async function sendBack(ctx: Context, { req, res, providerId, searchParams }: Return): Promise<void> {
  const location = await finishTrip(ctx, { providerId, answer: searchParams, cookies: req.headers.cookie ?? "" });
  res.writeHead(303, { Location: location }).end();
}
