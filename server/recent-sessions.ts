import type { AppServices, SessionService } from "./core/context.ts";

/** How long a session is believed in without another look: half of what rule L15 allows when all wake-ups are lost. */
const RECENT_MS = 5_000;
/** Of people who call at about the same time. */
const MOST = 10_000;

type Found = NonNullable<Awaited<ReturnType<SessionService["find"]>>>;

interface Entry {
  readonly found: Found;
  readonly askedAt: number;
}

/**
 * Who called a moment ago, so that not every call asks the database who it is. An end of sessions takes them out: at
 * once when it comes from this process, and when its event arrives from another one (rule L15). None is older than its
 * `RECENT_MS`, whatever was lost. Only calls by HTTP are let in by it; sockets and watches ask the database.
 */
export class RecentSessions {
  readonly #app: AppServices;
  readonly #entries = new Map<string, Entry>();
  /** Goes up with every end: what was looked up before it may not be so any more. */
  #ends = 0;

  constructor(app: AppServices) {
    this.#app = app;
    app.sessions.onEnded((ids) => this.#forget(({ session }) => ids.includes(session.id)));
  }

  /** Whose token this is, if that is known from a moment ago. */
  known(token: string): Found | undefined {
    const entry = this.#entries.get(token);
    if (!entry) return undefined;
    const isRecent = performance.now() - entry.askedAt < RECENT_MS;
    if (isRecent && entry.found.session.expiresAt > this.#app.clock.now()) return entry.found;
    this.#entries.delete(token);
    return undefined;
  }

  /** Asks the database whose token this is. */
  async find(token: string, address?: string): Promise<Found | undefined> {
    const ends = this.#ends;
    const askedAt = performance.now();
    const found = await this.#app.sessions.find(token, address);
    // One that has just been prolonged comes with a cookie, which is for this answer alone.
    if (found && found.cookie === undefined && ends === this.#ends) this.#keep(token, { found, askedAt });
    return found;
  }

  /** Sessions of an account ended somewhere; without one, of any. */
  forget(userId: string | undefined): void {
    this.#forget(({ user }) => userId === undefined || user.id === userId);
  }

  #keep(token: string, entry: Entry): void {
    this.#entries.delete(token);
    this.#entries.set(token, entry);
    // In the order in which they were asked for: the first is the oldest.
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST) break;
      this.#entries.delete(oldest);
    }
  }

  #forget(isOver: (found: Found) => boolean): void {
    this.#ends += 1;
    for (const [token, { found }] of this.#entries) if (isOver(found)) this.#entries.delete(token);
  }
}
