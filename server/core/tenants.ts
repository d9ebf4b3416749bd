import { keyOf, type Tenant } from "../../db/tenant.ts";
import type { AnyCommand } from "./command.ts";
import type { LockedStream } from "./event-log.ts";
import { OvertakenError } from "./faults.ts";

/** Commands that run in one tenant. */
export interface TenantGroup {
  readonly tenant: Tenant;
  readonly commands: AnyCommand[];
}

/** More boards than a process writes to in a while. */
const MOST_KNOWN = 50_000;

/**
 * Which organisation the boards are of that this process writes to, so that those of one organisation go together. A
 * board never changes it; but its id may be given again when it is deleted, which is found out under the lock.
 */
export class Tenants {
  readonly #orgOfBoard = new Map<string, string>();

  /** Commands by tenant, in the order in which they came. One that is alone may tell others something, as its author. */
  group(commands: readonly AnyCommand[]): TenantGroup[] {
    const author = commands.length === 1 ? commands[0]?.scope.userId : undefined;
    const groups = new Map<string, TenantGroup>();
    for (const command of commands) {
      const tenant = this.#tenantOf(command, author);
      const group = groups.get(keyOf(tenant)) ?? { tenant, commands: [] };
      groups.set(keyOf(tenant), group);
      group.commands.push(command);
    }
    return [...groups.values()];
  }

  #tenantOf({ scope }: AnyCommand, userId: string | undefined): Tenant {
    switch (scope.on) {
      case "user":
        return { userId };
      case "org":
        return { orgId: scope.orgId, userId };
      case "board": {
        const orgId = this.#orgOfBoard.get(scope.boardId);
        return orgId === undefined ? { streamId: scope.boardId, userId } : { orgId, userId };
      }
    }
  }

  /** What the lock has found. Fails, so that the write begins again, when it is not what was known. */
  learn(streams: readonly LockedStream[]): void {
    for (const { id, orgId, kind } of streams) {
      if (orgId === null || kind !== "board") continue;
      const known = this.#orgOfBoard.get(id);
      if (known === orgId) continue;
      if (known !== undefined) {
        this.#orgOfBoard.delete(id);
        throw new OvertakenError();
      }
      if (this.#orgOfBoard.size >= MOST_KNOWN) this.#orgOfBoard.clear();
      this.#orgOfBoard.set(id, orgId);
    }
  }
}
