import { hash, verify } from "@node-rs/argon2";
import type { PasswordService } from "../../core/context.ts";
import { FairQueue, type Party } from "../../core/fair-queue.ts";

/** argon2id (2 in the binding's enum), 19 MiB, two passes, one lane: explicit, so that no release of it changes them. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;
/** Each holds 19 MiB and a thread of libuv's pool of four while it runs. */
const MOST_AT_ONCE = 4;
/** About a second of work: whoever comes later is told so rather than left to wait. */
const MOST_WAITING = 64;

/** Our own work, such as the codes of mails: one party among those who ask. */
const OURS: Party = { key: "" };

/** Hashes passwords off the event loop, a few at once, in turns. Fails: SERVER_UNAVAILABLE when too many are waiting. */
export function createPasswords(): PasswordService {
  const queue = new FairQueue({ atOnce: MOST_AT_ONCE, mostWaiting: MOST_WAITING });

  return {
    hash: (password, by = OURS) => queue.run(by, () => hash(normalised(password), PARAMETERS)),

    async verify(storedHash, password, by = OURS) {
      const typed = normalised(password);
      if (storedHash !== undefined) return queue.run(by, () => verify(storedHash, typed));
      // Verifying is hashing with the stored salt: this takes as long, and belongs to nobody.
      await queue.run(by, () => hash(typed, PARAMETERS));
      return false;
    },

    isOutdated: (storedHash) => !storedHash.startsWith(CURRENT),
  };
}

/** The same characters, however a keyboard composed them (NIST SP 800-63B: NFKC). Nothing is cut or changed in case. */
function normalised(password: string): string {
  return password.normalize("NFKC");
}
