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

type NewCredential = RouterInputs["passkeys"]["create"]["credential"];

/** Has the browser make a passkey. Undefined: whoever was asked did not want to. */
export async function makePasskey(options: RouterOutputs["passkeys"]["challenge"]): Promise<NewCredential | undefined> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "NotAllowedError") return null;
    throw error;
  });
  if (!(credential instanceof PublicKeyCredential)) return undefined;
  const answer = credential.toJSON();
  if (!("attestationObject" in answer.response)) throw new Error("a browser that is to make a passkey makes one");
  const { clientDataJSON, attestationObject, transports } = answer.response;
  const response = { clientDataJSON, attestationObject, ...(transports && { transports }) };
  return { id: answer.id, rawId: answer.rawId, type: "public-key", response };
}
