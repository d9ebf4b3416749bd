import { hash, verify } from "@node-rs/argon2";
import { AppError } from "../../core/app-error.ts";
import type { PasswordService } from "../../core/context.ts";

/** argon2id (2 in the binding's enum), 19 MiB, two passes, one lane: explicit, so that no release of it changes them. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;
/** Each holds 19 MiB and a thread of libuv's pool of four while it runs. */
const MOST_AT_ONCE = 4;
/** About a second of work: whoever comes later is told so rather than left to wait. */
const MOST_WAITING = 64;

/** Hashes passwords off the event loop, a few at once. Fails: SERVER_UNAVAILABLE when too many are waiting. */
export function createPasswords(): PasswordService {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < MOST_AT_ONCE) running += 1;
    else await place();
    try {
      return await work();
    } finally {
      // The place is handed on, not freed: nobody who comes now can take it before the one who waited longest.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  function place(): Promise<void> {
    if (waiting.length >= MOST_WAITING) throw new AppError("SERVER_UNAVAILABLE");
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  }

  return {
    hash: (password) => inTurn(() => hash(normalised(password), PARAMETERS)),

    async verify(storedHash, password) {
      const typed = normalised(password);
      if (storedHash !== undefined) return inTurn(() => verify(storedHash, typed));
      // Verifying is hashing with the stored salt: this takes as long, and belongs to nobody.
      await inTurn(() => hash(typed, PARAMETERS));
      return false;
    },

    isOutdated: (storedHash) => !storedHash.startsWith(CURRENT),
  };
}

/** The same characters, however a keyboard composed them (NIST SP 800-63B: NFKC). Nothing is cut or changed in case. */
function normalised(password: string): string {
  return password.normalize("NFKC");
}
