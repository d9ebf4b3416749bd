import { z } from "zod";
import { errorKind } from "../../client/index.ts";

/** What cannot be done, in one sentence for whoever asked for it. */
export class ImportError extends Error {}

const WithFields = z.object({ data: z.object({ fields: z.record(z.string(), z.string()).default({}) }) });

/** A refusal by the server, or a failure on the way to it, as one sentence. Anything else is not explained. */
export function explain(error: unknown, { url, file }: { url: string; file: string }): unknown {
  if (!(error instanceof Error) || error.name !== "TRPCClientError") return error;
  const kind = errorKind(error);
  const because = (sentence: string) => new ImportError(sentence, { cause: error });
  if (kind === undefined) return because(`No Trestle answers at ${url}: ${error.message}.`);
  if (kind === "SIGN_IN_REQUIRED") return because("The token is not, or no longer, that of a session.");
  if (kind === "CREDENTIALS_WRONG") {
    return because(`The server at ${url} does not have the demo of this data directory: pass --token.`);
  }
  const { data } = WithFields.safeParse(error);
  const fields = Object.entries(data?.data.fields ?? {}).map(([field, sentence]) => ` (${field}: ${sentence})`);
  return because(`${file} was not imported: ${error.message}${fields.join("")}`);
}
