import { isDeepStrictEqual } from "node:util";

/** People at scopes: more than read by one process in a while. */
const MOST_KNOWN = 10_000;

/** Somebody who wants to read something of an organisation or board. */
interface Asking<Found, Actor> {
  /** Who asks, of what. */
  readonly asker: string;
  /** What says whether they may: asked for at once. */
  readonly find: () => Promise<Found>;
  /** Why they may not, by what was found; undefined: they may. */
  readonly refusal: (found: Found) => string | undefined;
  /** Fails: refused. */
  readonly toActor: (found: Found) => Actor;
}

/**
 * Reads that ask for access and rows at once where it is known what somebody might do before: both leave together, in one
 * round trip. What is known is a guess and no more than that. Rows are handed over when the same was found again, in
 * front of them; else they are thrown away, and whoever is not refused reads again.
 */
export class PlainReads<Found> {
  readonly #lastFound = new Map<string, Found>();

  /** `read` changes nothing, and answers also what goes wrong in it. Fails: refused. */
  async answer<Actor, Answer>(asking: Asking<Found, Actor>, read: (actor: Actor) => Promise<Answer>): Promise<Answer> {
    const guess = this.#lastFound.get(asking.asker);
    const finding = asking.find();
    const guessed = guess !== undefined && !asking.refusal(guess) ? read(asking.toActor(guess)) : undefined;
    const found = await finding;
    if (guessed && isDeepStrictEqual(found, guess)) return guessed;
    this.#lastFound.delete(asking.asker);
    const actor = asking.toActor(found);
    if (this.#lastFound.size >= MOST_KNOWN) this.#lastFound.clear();
    this.#lastFound.set(asking.asker, found);
    return read(actor);
  }
}
