import { RootKeys } from "../../server/core/encryption/root-keys.ts";
import { newRootKey } from "../../server/root-keys.ts";

/** A root key of this test file's own, as the environment takes it. */
export const TEST_ROOT_KEY = newRootKey();
export const TEST_ROOT_KEYS = new RootKeys(Buffer.from(TEST_ROOT_KEY, "base64"));
