import { type IncomingHttpHeaders, request } from "node:http";

export interface Answer {
  readonly status: number;
  /** The kind of the refusal, of the first call in a batch; undefined when there was none. */
  readonly kind: string | undefined;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** A request as anybody could make one, with nothing added by `fetch`. A stream is left once it has begun. */
export async function ask(
  url: string,
  path: string,
  { method = "GET", headers: sent = {}, body }: Asked = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, method, headers: sent }, (response) => {
      const { statusCode: status = 0, headers } = response;
      if (response.headers["content-type"]?.startsWith("text/event-stream")) {
        resolve({ status, kind: undefined, text: "", headers });
        asking.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status, kind: /"kind":"([A-Z_]+)"/u.exec(text)?.[1], text, headers });
      });
    });
    asking.on("error", reject);
    asking.end(body);
  });
}
