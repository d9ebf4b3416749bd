import { TRPCClientError } from "@trpc/client";
import { deserialize, type SuperJSONResult } from "superjson";
import type { Attachment } from "../server/domains/work/attachments.contract.ts";
import type { ImportBegun, ImportReceived, ImportReport } from "../server/domains/work/imports/imports.contract.ts";
import type { AppRouter } from "../server/router.ts";

/** Where the board is to be. `fileName` is what people know the file by. */
export interface TrelloImport {
  orgId: string;
  projectId: string;
  fileName: string;
}

/** The board that a Trello export has become, and what came of each part of it. */
export interface TrelloImported {
  importId: string;
  boardId: string;
  report: ImportReport;
}

/** Where the rows of a file are to be. `boardName`: of a new board, instead of that of the file. */
export interface TableImport extends TrelloImport {
  source: "csv" | "jira" | "github";
  boardId?: string;
  boardName?: string;
}

/** Where what is in an archive is to be: in a project, or in those of its own. */
export interface NewArchive {
  orgId: string;
  fileName: string;
  projectId?: string;
}

/** Which task a file is for, and what people are to know it by. */
export interface NewAttachment {
  boardId: string;
  taskId: string;
  name: string;
}

/** An attachment, or the small picture of it: `thumbnail` of the attachment says whether there is one. */
export interface AttachmentFile {
  boardId: string;
  attachmentId: string;
  thumbnail?: boolean;
}

export type FileContent = Blob | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string;

/** How the sending of a file is followed, and ended. */
export interface UploadOptions {
  /** Hears how many bytes are sent, of how many. In browsers alone, and not of a stream: they tell it of nothing else. */
  onProgress?: ((sentBytes: number, ofBytes: number) => void) | undefined;
  /** Ends it: it fails then, and nothing of the file stays. */
  signal?: AbortSignal | undefined;
}

/** How a client reaches files. */
export interface Way extends UploadOptions {
  url: URL;
  fetch: typeof fetch;
  headers: Record<string, string>;
}

/** Sends the file to the address that `imports.create` gave. Fails as calls do, with a TRPCClientError. */
export async function uploadTrello(upload: Way & { file: FileContent }): Promise<ImportBegun> {
  const answer = await put(upload, "application/json");
  if (isBegun(answer)) return answer;
  throw refusalOf(answer);
}

/** Sends a table, or issues, to the address that `imports.create` gave. Fails as calls do. */
export async function uploadTable({ source, ...upload }: Way & FileOf): Promise<ImportReceived> {
  const answer = await put(upload, source === "github" ? "application/json" : "text/csv");
  if (isReceived(answer)) return answer;
  throw refusalOf(answer);
}

interface FileOf extends Pick<TableImport, "source"> {
  file: FileContent;
}

/** Sends an archive to the address that `archives.import` gave. Fails as calls do. */
export async function uploadArchive(upload: Way & { file: FileContent }): Promise<void> {
  const answer = await put(upload, "application/zip");
  if (isRefusal(answer)) throw refusalOf(answer);
}

/** Sends the file to the address that `attachments.create` gave. Fails as calls do. */
export async function uploadAttachment(upload: Way & { file: FileContent }): Promise<Attachment> {
  const answer = await put(upload, "application/octet-stream");
  if (isAttachment(answer)) return answer;
  throw refusalOf(answer);
}

/** The answer with a file, to be read as it comes. Fails as calls do, but for what belongs to ranges (206, 304, 416). */
export async function download({ url, fetch: send, headers }: Way): Promise<Response> {
  const response = await answered(() => send(url, { credentials: "include", headers }));
  if (response.status < 400 || response.status === 416) return response;
  throw refusalOf(await answered<unknown>(() => response.json()));
}

async function put(upload: Way & { file: FileContent }, type: string): Promise<unknown> {
  const { url, fetch: send, headers, signal, file, onProgress } = upload;
  if (onProgress && send === globalThis.fetch && "XMLHttpRequest" in globalThis && !(file instanceof ReadableStream)) {
    return answered(() => putTelling({ ...upload, file, onProgress }, type));
  }
  const request = {
    method: "PUT",
    credentials: "include" as const,
    headers: { "content-type": type, ...headers },
    body: file,
    signal: signal ?? null,
    // A stream is sent only with this; TypeScript's RequestInit does not know it.
    ...(file instanceof ReadableStream ? { duplex: "half" } : {}),
  };
  return answered(async () => {
    const response = await send(url, request);
    const answer: unknown = await response.json();
    return answer;
  });
}

interface Told extends Way {
  file: Exclude<FileContent, ReadableStream>;
  onProgress: NonNullable<UploadOptions["onProgress"]>;
}

/** By the one means of browsers that tells how far it is. */
function putTelling({ url, headers, signal, file, onProgress }: Told, type: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.withCredentials = true;
    request.responseType = "json";
    request.setRequestHeader("content-type", type);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
    request.addEventListener("load", () => {
      if (request.response === null) reject(new TypeError("The answer is no JSON."));
      else resolve(request.response);
    });
    request.addEventListener("error", () => reject(new TypeError("No answer came.")));
    request.addEventListener("abort", () => reject(new DOMException("The upload was ended.", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** No answer, or one that is not the server's. */
async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw TRPCClientError.from<AppRouter>(error instanceof Error ? error : new Error(String(error)));
  }
}

function refusalOf(answer: unknown) {
  const shape: unknown = isRefusal(answer) ? deserialize(answer.error) : undefined;
  return TRPCClientError.from<AppRouter>({ error: shape });
}

function isBegun(answer: unknown): answer is ImportBegun {
  return typeof answer === "object" && answer !== null && "importId" in answer && "operationId" in answer;
}

function isReceived(answer: unknown): answer is ImportReceived {
  return typeof answer === "object" && answer !== null && "importId" in answer && "rowCount" in answer;
}

function isAttachment(answer: unknown): answer is Attachment {
  return typeof answer === "object" && answer !== null && "contentType" in answer && "taskId" in answer;
}

/** The shape of a refused call. */
function isRefusal(answer: unknown): answer is { error: SuperJSONResult } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
