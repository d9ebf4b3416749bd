import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppServices } from "./core/context.ts";
import { AppError } from "./core/app-error.ts";
import { UNSUBSCRIBE_PATH } from "./domains/home/digest-mail.ts";
import { unsubscribe } from "./domains/home/digests.service.ts";

const PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The token of a link in a digest, if a request is for one. */
export function unsubscribeToken(pathname: string): string | undefined {
  if (!pathname.startsWith(UNSUBSCRIBE_PATH)) return undefined;
  return /^[\w-]{1,64}$/u.exec(pathname.slice(UNSUBSCRIBE_PATH.length))?.[0];
}

/**
 * Ends somebody's digests by a link in one (RFC 8058): by `POST` alone, which mail programs send for their button, without
 * cookies and from nowhere. Whoever follows the link, as scanners of mail do, gets a page with such a button.
 */
export async function answerUnsubscribe(
  app: AppServices,
  { req, res, token }: { req: IncomingMessage; res: ServerResponse; token: string },
): Promise<void> {
  if (req.method === "POST") {
    await unsubscribe(app, token);
    sendPage(res, "<p>You will get no more mail of what you have not read.</p>");
  } else if (req.method === "GET" || req.method === "HEAD") {
    sendPage(res, `<form method="post"><button>Send me no more mail of what I have not read</button></form>`);
  } else {
    throw new AppError("METHOD_NOT_SUPPORTED");
  }
}

function sendPage(res: ServerResponse, body: string): void {
  res.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY });
  res.end(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Trestle</title>
${body}
</html>
`);
}
