import { TRPCClientError } from "@trpc/client";
import { deserialize, type SuperJSONResult } from "superjson";
import type { ImportDone } from "../server/domains/work/imports.contract.ts";
import type { AppRouter } from "../server/router.ts";

/** Where the board is to be. `fileName` is what people know the file by. */
export interface TrelloImport {
  orgId: string;
  projectId: string;
  fileName: string;
}

export type TrelloFile = Blob | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;

/** Sends the file to the address that `imports.create` gave. Fails as calls do, with a TRPCClientError. */
export async function uploadTrello(upload: {
  url: URL;
  file: TrelloFile;
  fetch: typeof fetch;
  headers: Record<string, string>;
}): Promise<ImportDone> {
  const request = {
    method: "PUT",
    credentials: "include" as const,
    headers: { "content-type": "application/json", ...upload.headers },
    body: upload.file,
    // A stream is sent only with this; TypeScript's RequestInit does not know it.
    ...(upload.file instanceof ReadableStream ? { duplex: "half" } : {}),
  };
  let answer: unknown;
  try {
    const response = await upload.fetch(upload.url, request);
    answer = await response.json();
  } catch (error) {
    // No answer, or one that is not the server's.
    throw TRPCClientError.from<AppRouter>(error instanceof Error ? error : new Error(String(error)));
  }
  if (isDone(answer)) return answer;
  const shape: unknown = isRefusal(answer) ? deserialize(answer.error) : undefined;
  throw TRPCClientError.from<AppRouter>({ error: shape });
}

function isDone(answer: unknown): answer is ImportDone {
  return typeof answer === "object" && answer !== null && "board" in answer && "report" in answer;
}

/** The shape of a refused call. */
function isRefusal(answer: unknown): answer is { error: SuperJSONResult } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
