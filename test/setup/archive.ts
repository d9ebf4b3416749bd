import { buffer } from "node:stream/consumers";
import { openPromise } from "yauzl";
import { ZipFile } from "yazl";
import type { AppServices } from "../../server/core/context.ts";
import type { Operation } from "../../server/domains/home/operations.contract.ts";
import { archiveExportWorker } from "../../server/domains/work/archives/export-archive.ts";
import { archiveImportWorker } from "../../server/domains/work/archives/import-archive.ts";
import { receiveArchive } from "../../server/domains/work/archives/archives.upload.ts";
import { Exported } from "../../server/domains/work/archives/archives.contract.ts";
import { pieces } from "./attachments.ts";
import { type Person, signedIn, type World } from "./world.ts";

/** Does the job of an operation here and now; by services of another process, if they are given. */
export async function runOperation(
  world: World,
  { id, orgId, kind }: Operation,
  services: AppServices = world.services,
  isLastTry = true,
): Promise<void> {
  const worker = kind === "archive-export" ? archiveExportWorker(services) : archiveImportWorker(services);
  await worker.run({ orgId, operationId: id }, new AbortController().signal, { isLastTry });
}

/** The parts of an archive that was made, by name. */
export async function archiveOf(world: World, { caller }: Person, { id, orgId }: Operation): Promise<Archive> {
  const { state, result, errorKind } = await caller.operations.get({ operationId: id });
  if (state !== "done") throw new Error(`the export is ${state}: ${errorKind}`);
  const { fileId } = Exported.parse(result);
  const bytes = await buffer(await world.services.files.read({ orgId, id: fileId }));
  return { bytes, parts: await partsOf(world, orgId, fileId) };
}

export interface Archive {
  readonly bytes: Uint8Array;
  readonly parts: ReadonlyMap<string, string>;
}

function partsOf({ services }: World, orgId: string, id: string): Promise<Map<string, string>> {
  return services.files.onDisk({ orgId, id }, async (path) => {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    const parts = new Map<string, string>();
    for await (const entry of zip.eachEntry()) {
      parts.set(entry.fileName, (await buffer(await zip.openReadStreamPromise(entry))).toString());
    }
    zip.close();
    return parts;
  });
}

/** Announces an archive and sends it, without HTTP. */
export async function sendArchive(
  { services }: World,
  by: Person,
  orgId: string,
  bytes: Uint8Array,
  projectId?: string,
): Promise<Operation> {
  const { context, caller } = await signedIn(services, by.token);
  const { operation } = await caller.archives.import({
    orgId,
    fileName: "archive.zip",
    ...(projectId === undefined ? {} : { projectId }),
  });
  const { user, session, request } = context;
  if (!user || !session) throw new Error("whoever sends a file is signed in");
  return receiveArchive({ app: services, user, session, request }, operation.id, pieces(bytes));
}

/** A zip of parts, as somebody else would make it. */
export async function zipOf(parts: Iterable<readonly [string, string | Uint8Array]>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of parts) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}
