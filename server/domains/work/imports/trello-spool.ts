import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CommentDraft } from "./trello-comment.ts";
import { CardDraft, ChecklistDraft } from "./trello-export.ts";

/** One statement writes so many drafts, or so much text. */
const BATCH_DRAFTS = 500;
const BATCH_CHARACTERS = 1 << 20;

/** Drafts of one kind, kept in a file until they can be written in one transaction. */
export interface Spool<Draft> {
  add(draft: Draft): void;
  /** Writes what was added once it is a batch; call it between the pieces of the upload. */
  settle(amount: "batches" | "all"): Promise<void>;
  /** All drafts in the order of their adding, batch by batch; may be read more than once. */
  batches(): AsyncGenerator<Draft[], void>;
  close(): Promise<void>;
}

/** What an export has much of. */
export interface ExportSpool {
  readonly cards: Spool<CardDraft>;
  readonly checklists: Spool<ChecklistDraft>;
  readonly comments: Spool<CommentDraft>;
  settle(amount: "batches" | "all"): Promise<void>;
  close(): Promise<void>;
}

export async function openExportSpool(): Promise<ExportSpool> {
  const cards = await openSpool(CardDraft);
  const checklists = await openSpool(ChecklistDraft);
  const comments = await openSpool(CommentDraft);
  const all = [cards, checklists, comments];
  return {
    cards,
    checklists,
    comments,
    async settle(amount) {
      for (const spool of all) await spool.settle(amount);
    },
    async close() {
      for (const spool of all) await spool.close();
    },
  };
}

/** Opens a spool: a file that only this user can read, and that has no name any more where systems allow that. */
async function openSpool<Draft>(schema: z.ZodType<Draft>): Promise<Spool<Draft>> {
  const Batch = z.array(schema);
  const folder = await mkdtemp(join(tmpdir(), "trestle-import-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  let file: FileHandle;
  try {
    file = await open(join(folder, "drafts"), "wx+", 0o600);
    // So that not even a killed process leaves other people's words behind. Windows keeps the name while it is open.
    if (process.platform !== "win32") await remove();
  } catch (error) {
    await remove();
    throw error;
  }

  const records: { at: number; sizeBytes: number }[] = [];
  let end = 0;
  let pending: string[] = [];
  let characters = 0;

  return {
    add(draft) {
      const text = JSON.stringify(draft);
      pending.push(text);
      characters += text.length;
    },
    async settle(amount) {
      if (pending.length === 0) return;
      if (amount === "batches" && pending.length < BATCH_DRAFTS && characters < BATCH_CHARACTERS) return;
      for (const batch of toBatches(pending)) {
        const bytes = Buffer.from(`[${batch.join(",")}]`);
        await file.writeFile(bytes);
        records.push({ at: end, sizeBytes: bytes.byteLength });
        end += bytes.byteLength;
      }
      pending = [];
      characters = 0;
    },
    async *batches() {
      for (const { at, sizeBytes } of records) {
        const bytes = Buffer.alloc(sizeBytes);
        for (let got = 0; got < sizeBytes;) {
          const { bytesRead } = await file.read(bytes, got, sizeBytes - got, at + got);
          if (bytesRead === 0) throw new Error("the spool of an import is shorter than what was written to it");
          got += bytesRead;
        }
        yield Batch.parse(JSON.parse(bytes.toString()));
      }
    },
    async close() {
      await file.close();
      await remove();
    },
  };
}

/** A piece of an upload can bring more small drafts than one statement should write. */
function toBatches(drafts: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (let from = 0; from < drafts.length; from += BATCH_DRAFTS) batches.push(drafts.slice(from, from + BATCH_DRAFTS));
  return batches;
}
