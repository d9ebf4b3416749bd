import type { AppServices, SignedInUser } from "../../core/context.ts";
import type { ImportDone } from "./imports.contract.ts";

// (being written)
export async function receiveImport(
  _ctx: { app: AppServices; user: SignedInUser },
  _importId: string,
  _body: AsyncIterable<Uint8Array>,
): Promise<ImportDone> {
  return Promise.reject(new Error("being written"));
}
