import { AppError } from "./app-error.ts";

/** Whose work it is: those who wait take turns by `key`; `isFirst` go before all others. */
export interface Party {
  readonly key: string;
  readonly isFirst?: boolean;
}

interface Place {
  begin(): void;
  refuse(reason: AppError): void;
}

/**
 * Runs a few pieces of work at once and lets a few more wait, fairly: one party is served after the other, whatever each
 * has waiting, and when there is no room left it is made by whoever has most. Fails: SERVER_UNAVAILABLE.
 */
export class FairQueue {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #first = new Map<string, Place[]>();
  readonly #others = new Map<string, Place[]>();
  #waiting = 0;
  #running = 0;

  constructor({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  async run<T>(party: Party, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await this.#wait(party);
    try {
      return await work();
    } finally {
      // The place is handed on, not freed: nobody who comes now can take it before those who waited.
      const next = this.#take(this.#first) ?? this.#take(this.#others);
      if (next) next.begin();
      else this.#running -= 1;
    }
  }

  #wait({ key, isFirst = false }: Party): Promise<void> {
    const line = isFirst ? this.#first : this.#others;
    if (this.#waiting >= this.#mostWaiting) this.#makeRoom(isFirst ? 1 : (line.get(key)?.length ?? 0) + 2);
    this.#waiting += 1;
    return new Promise((begin, refuse) => {
      const place = { begin, refuse };
      const own = line.get(key);
      if (own) own.push(place);
      else line.set(key, [place]);
    });
  }

  /** The oldest place of the party whose turn it is, which then goes behind the others. */
  #take(line: Map<string, Place[]>): Place | undefined {
    for (const [key, places] of line) {
      const place = places.shift();
      line.delete(key);
      if (places.length > 0) line.set(key, places);
      this.#waiting -= 1;
      return place;
    }
    return undefined;
  }

  /** Takes the newest place of who has most, if that is at least so many. */
  #makeRoom(atLeast: number): void {
    let most: Place[] = [];
    for (const places of this.#others.values()) if (places.length > most.length) most = places;
    const place = most.length >= atLeast ? most.pop() : undefined;
    if (!place) throw new AppError("SERVER_UNAVAILABLE");
    this.#waiting -= 1;
    place.refuse(new AppError("SERVER_UNAVAILABLE"));
  }
}
