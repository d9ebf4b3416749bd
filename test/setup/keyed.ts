import { type Action, KEY_ACTIONS } from "../../server/policy.ts";
import { type Person, test as base, type TestBoard, type TestOrg } from "./world.ts";

/** Somebody with a board, a server, and a key that may do whatever keys may. */
export interface KeyedGround {
  readonly url: string;
  readonly org: TestOrg;
  readonly board: TestBoard;
  readonly token: string;
}

/** `test` with such a ground for the file. */
export const test = base.extend<{ $file: { ground: KeyedGround } }>({
  ground: [
    async ({ world }, use) => {
      const [{ url }, org] = [await world.app(), await world.org()];
      await use({ url, org, board: await org.board({ tasks: ["Draft"] }), token: await keyOf(org) });
    },
    { scope: "file" },
  ],
});

/** The token of a new key. */
export async function keyOf(
  { id: orgId, owner }: TestOrg,
  actions: readonly Action[] = KEY_ACTIONS,
  of: Person = owner,
): Promise<string> {
  const { token } = await of.caller.keys.create({ orgId, name: "A program", actions: [...actions], expiresAt: null });
  return token;
}
