import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CardDraft } from "./trello-export.ts";
import { CommentDraft } from "./trello-comment.ts";

/** One statement writes so many of them, or so much text. */
const BATCH_ITEMS = 500;
const BATCH_CHARACTERS = 1 << 20;

/** Things of an export, kept in a file until they can be written in one transaction. */
interface Spool<Draft> {
  add(item: Draft): void;
  /** Writes what was added once it is a batch; call it between the pieces of the upload. */
  settle(amount: "batches" | "all"): Promise<void>;
  /** All in the order of their adding, batch by batch; may be read more than once. */
  batches(): AsyncGenerator<Draft[], void>;
  close(): Promise<void>;
}

/** The cards of an export, and the comments on them. */
export interface ExportSpool {
  readonly cards: Spool<CardDraft>;
  readonly comments: Spool<CommentDraft>;
  close(): Promise<void>;
}

export async function openExportSpool(): Promise<ExportSpool> {
  const cards = await openSpool(CardDraft, ({ title, description }) => title.length + description.length);
  const comments = await openSpool(CommentDraft, ({ text }) => text.length);
  return {
    cards,
    comments,
    async close() {
      await cards.close();
      await comments.close();
    },
  };
}

/** Opens a spool: a file that only this user can read, and that has no name any more where systems allow that. */
async function openSpool<Draft>(item: z.ZodType<Draft>, charactersOf: (item: Draft) => number): Promise<Spool<Draft>> {
  const Batch = z.array(item);
  const folder = await mkdtemp(join(tmpdir(), "trestle-import-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  let file: FileHandle;
  try {
    file = await open(join(folder, "spool"), "wx+", 0o600);
    // So that not even a killed process leaves other people's words behind. Windows keeps the name while it is open.
    if (process.platform !== "win32") await remove();
  } catch (error) {
    await remove();
    throw error;
  }

  const records: { at: number; sizeBytes: number }[] = [];
  let end = 0;
  let pending: Draft[] = [];
  let characters = 0;

  return {
    add(draft) {
      pending.push(draft);
      characters += charactersOf(draft);
    },
    async settle(amount) {
      if (pending.length === 0) return;
      if (amount === "batches" && pending.length < BATCH_ITEMS && characters < BATCH_CHARACTERS) return;
      for (const batch of toBatches(pending)) {
        const bytes = Buffer.from(JSON.stringify(batch));
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

/** A piece of an upload can bring more small things than one statement should write. */
function toBatches<Draft>(items: readonly Draft[]): Draft[][] {
  const batches: Draft[][] = [];
  for (let from = 0; from < items.length; from += BATCH_ITEMS) batches.push(items.slice(from, from + BATCH_ITEMS));
  return batches;
}
