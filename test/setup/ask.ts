import { request } from "node:http";

export interface Answer {
  readonly status: number;
  /** The kind of the refusal, of the first call in a batch; undefined when there was none. */
  readonly kind: string | undefined;
  readonly text: string;
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
  { method = "GET", headers = {}, body }: Asked = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      if (response.headers["content-type"]?.startsWith("text/event-stream")) {
        resolve({ status, kind: undefined, text: "" });
        sent.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status, kind: /"kind":"([A-Z_]+)"/u.exec(text)?.[1], text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
