import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CardDraft } from "./trello-export.ts";

/** One statement writes so many tasks, or so much text. */
const BATCH_CARDS = 500;
const BATCH_CHARACTERS = 1 << 20;

const Batch = z.array(CardDraft);

/** The cards of an export, kept in a file until they can be written in one transaction. */
export interface CardSpool {
  add(card: CardDraft): void;
  /** Writes what was added once it is a batch; call it between the pieces of the upload. */
  settle(amount: "batches" | "all"): Promise<void>;
  /** All cards in the order of their adding, batch by batch; may be read more than once. */
  batches(): AsyncGenerator<CardDraft[], void>;
  close(): Promise<void>;
}

/** Opens a spool: a file that only this user can read, and that has no name any more where systems allow that. */
export async function openCardSpool(): Promise<CardSpool> {
  const folder = await mkdtemp(join(tmpdir(), "trestle-import-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  let file: FileHandle;
  try {
    file = await open(join(folder, "cards"), "wx+", 0o600);
    // So that not even a killed process leaves other people's cards behind. Windows keeps the name while it is open.
    if (process.platform !== "win32") await remove();
  } catch (error) {
    await remove();
    throw error;
  }

  const records: { at: number; sizeBytes: number }[] = [];
  let end = 0;
  let pending: CardDraft[] = [];
  let characters = 0;

  return {
    add(card) {
      pending.push(card);
      characters += card.title.length + card.description.length;
    },
    async settle(amount) {
      if (pending.length === 0) return;
      if (amount === "batches" && pending.length < BATCH_CARDS && characters < BATCH_CHARACTERS) return;
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

/** A piece of an upload can bring more small cards than one statement should write. */
function toBatches(cards: readonly CardDraft[]): CardDraft[][] {
  const batches: CardDraft[][] = [];
  for (let from = 0; from < cards.length; from += BATCH_CARDS) batches.push(cards.slice(from, from + BATCH_CARDS));
  return batches;
}
