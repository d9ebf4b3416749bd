import type { RouterInputs, RouterOutputs } from "../../../client/index.ts";

type Options = RouterOutputs["auth"]["passkeyChallenge"]["options"];
type Credential = RouterInputs["auth"]["signInWithPasskey"]["credential"];

/** Asks the browser for a passkey. Undefined: whoever was asked did not want to. */
export async function askPasskey(options: Options): Promise<Credential | undefined> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw error;
  });
  if (!(credential instanceof PublicKeyCredential)) return undefined;
  const answer = credential.toJSON();
  if (!("signature" in answer.response)) throw new Error("a browser that is asked for a passkey makes none");
  return { id: answer.id, rawId: answer.rawId, type: "public-key", response: answer.response };
}
