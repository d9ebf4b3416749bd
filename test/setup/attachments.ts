import type { AppServices } from "../../server/core/context.ts";
import type { Attachment } from "../../server/domains/work/attachments.contract.ts";
import { receiveAttachment } from "../../server/domains/work/attachments.upload.ts";
import { type Person, signedIn } from "./world.ts";

interface NewFile {
  readonly at: { readonly boardId: string; readonly taskId: string };
  readonly name?: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** A body in pieces. */
export async function* pieces(...all: (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void> {
  for (const piece of all) yield Buffer.from(piece);
}

/** Announces a file and sends it, without HTTP. */
export async function attachFile(
  { services }: { services: AppServices },
  by: Person,
  { at, name = "notes.txt", body }: NewFile,
): Promise<Attachment> {
  const { context, caller } = await signedIn(services, by.token);
  const { attachmentId: uploadId } = await caller.attachments.create({ ...at, name });
  const { user, session, request } = context;
  if (!user || !session) throw new Error("whoever sends a file is signed in");
  return receiveAttachment({ app: services, user, session, request }, { boardId: at.boardId, uploadId }, body);
}
