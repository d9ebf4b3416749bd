import { AppError } from "../app-error.ts";
import type { ConnectionContext } from "../context.ts";
import type { Seat } from "./wire.ts";

/** How many one socket may hold. */
const SUBSCRIPTIONS_PER_SOCKET = 200;

/** What a subscription of the router answers: on a socket it writes to a seat, by HTTP it is iterated. */
export abstract class Subscription {
  readonly #connection: ConnectionContext | undefined;

  constructor(connection: ConnectionContext | undefined) {
    this.#connection = connection;
  }

  /** Writes all of it to a seat. Settles when it was stopped, and fails with what else ends it. */
  abstract write(seat: Seat): Promise<void>;

  abstract stop(): void;

  /** Fails: SUBSCRIPTIONS_TOO_MANY. */
  protected takePlace(): void {
    const held = this.#connection?.subscriptions ?? 0;
    if (held >= SUBSCRIPTIONS_PER_SOCKET) throw new AppError("SUBSCRIPTIONS_TOO_MANY");
    if (this.#connection) this.#connection.subscriptions += 1;
  }

  protected leavePlace(): void {
    if (this.#connection) this.#connection.subscriptions -= 1;
  }
}
