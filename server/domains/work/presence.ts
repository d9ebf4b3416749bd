import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import type { OrgRole } from "../../../db/enums.ts";
import { each, list } from "../../../db/columns.ts";
import { AppError } from "../../core/app-error.ts";
import type { Visitor } from "../../core/context.ts";
import type { Logger } from "../../core/log.ts";
import { allows } from "../../policy.ts";
import type { PresenceMessage, PresentPerson } from "./presence.contract.ts";

/** How often a process says who is there by way of it, and hears who else is. */
const ROUND_MS = 2_000;
/** Who comes, goes or turns to another task is told sooner, and together with others who do. */
const HURRY_MS = 150;
/** Who was not said again for longer has gone with their process. */
const LONGEST_SECONDS = 6;
const MOST_PEOPLE = 100;

interface Present extends Record<string, unknown> {
  readonly boardId: string;
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly taskId: string | null;
  /** The board shows them to everybody who sees it. */
  readonly isKnown: boolean;
  readonly role: OrgRole;
  readonly allowed: string[] | null;
}

/** Who is at which board: in the database for a few seconds, never in the log. Asks nothing while nobody is anywhere. */
export class BoardPresence {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #visitors = new Map<string, Visitor>();
  readonly #left = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isHurried = false;
  #isClosed = false;

  constructor(db: Database, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  join(visitor: Visitor): void {
    this.#visitors.set(visitor.id, visitor);
    this.#hurry();
  }

  leave({ id }: Visitor): void {
    if (!this.#visitors.delete(id)) return;
    this.#left.add(id);
    this.#hurry();
  }

  /** Nobody is here any more. */
  async close(): Promise<void> {
    for (const id of this.#visitors.keys()) this.#left.add(id);
    this.#visitors.clear();
    clearTimeout(this.#timer);
    this.#isClosed = true;
    await this.#round;
    if (this.#left.size > 0) await this.#meet();
  }

  #hurry(): void {
    if (this.#isHurried || this.#isClosed) return;
    this.#isHurried = true;
    this.#wait(HURRY_MS);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // One at a time: a database that does not answer is not asked more and more.
      this.#round ??= this.#meet().finally(() => {
        this.#round = undefined;
        const isEmpty = this.#visitors.size + this.#left.size === 0;
        if (!isEmpty && !this.#isClosed) this.#wait(this.#isHurried ? HURRY_MS : ROUND_MS);
      });
    }, ms);
    this.#timer.unref();
  }

  async #meet(): Promise<void> {
    this.#isHurried = false;
    const visitors = [...this.#visitors.values()];
    const left = [...this.#left];
    try {
      const present = await this.#db.execute<Present>(sql`
        select board_id as "boardId", id, user_id as "userId", name, task_id as "taskId", is_known as "isKnown", role,
          to_json(allowed) as allowed
        from meet_at_boards(${each("uuid", visitors, ({ id }) => id)}, ${each("uuid", visitors, ({ boardId }) => boardId)},
          ${each("uuid", visitors, ({ userId }) => userId)}, ${each("uuid", visitors, ({ taskId }) => taskId)},
          ${list("uuid", left)}, ${`${LONGEST_SECONDS} seconds`}::interval)`);
      for (const id of left) this.#left.delete(id);
      const byBoard = Map.groupBy(present, ({ boardId }) => boardId);
      for (const [boardId, here] of Map.groupBy(visitors, (visitor) => visitor.boardId)) {
        tell(here, byBoard.get(boardId) ?? []);
      }
    } catch (error) {
      this.#log.debug({ err: error }, "who is at boards could not be asked; it is asked again");
    }
  }
}

/** Who may no longer see the board is not among the present, and hears that. */
function tell(visitors: readonly Visitor[], present: readonly Present[]): void {
  const byId = new Map(present.map((one) => [one.id, one]));
  const [all, known] = [toMessage(present), toMessage(present.filter(({ isKnown }) => isKnown))];
  for (const visitor of visitors) {
    const own = byId.get(visitor.id);
    if (!own) visitor.end(new AppError("ACCESS_REVOKED"));
    else visitor.show(allows("member:list", own.role, own.allowed) ? all : known);
  }
}

function toMessage(present: readonly Present[]): PresenceMessage {
  const byUser = Map.groupBy(present, ({ userId }) => userId);
  const people = Array.from(byUser, ([userId, places]): PresentPerson => {
    const taskIds = new Set(places.flatMap(({ taskId }) => taskId ?? []));
    return { userId, name: places[0]?.name ?? "", taskIds: [...taskIds].toSorted() };
  });
  return { type: "presence", people: people.slice(0, MOST_PEOPLE), count: people.length };
}
