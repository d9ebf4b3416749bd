import { setTimeout as delay } from "node:timers/promises";
import type { Snapshot } from "../../client/index.ts";
import { createPersistence, type Persistence } from "../replay/calls.ts";
import { Client, type Person } from "./client.ts";
import {
  type AccessLoss,
  CLIENT_KINDS,
  Memory,
  type MutationRecord,
  type ReadRecord,
  type Timeline,
} from "./history.ts";
import { readTimeline } from "./log-reader.ts";
import type { KnownBoard } from "./known.ts";
import { type Cast, createCast } from "./people.ts";
import type { Random } from "./random.ts";
import type { System } from "./system.ts";

/** Everything that a run acts on and records. */
export class World {
  readonly system: System;
  readonly cast: Cast;
  readonly clients: readonly Client[];
  readonly persistence: Persistence;
  readonly mutations: MutationRecord[] = [];
  readonly reads: ReadRecord[] = [];
  readonly losses: AccessLoss[] = [];
  /** The logs that backups have replaced. */
  readonly lostTimelines: Timeline[] = [];
  /** Boards that were deleted, and whose watches have to end. */
  readonly deletedBoards = new Set<string>();
  /** A way in that no fault of a client's edge touches. */
  readonly ownerUrl: string;
  /** Boards as clients held them when the run was at rest. */
  readonly held: Snapshot[] = [];
  /** When the sessions of a person ended last: their devices have newer ones. */
  readonly sessionsEndedAt = new Map<string, number>();
  /** What parts of the run saw that must not be, as sentences. */
  readonly misdeeds: string[] = [];
  readonly #queues = new Map<string, Promise<void>>();

  private constructor(parts: Pick<World, "system" | "cast" | "clients" | "persistence" | "ownerUrl">) {
    this.system = parts.system;
    this.cast = parts.cast;
    this.clients = parts.clients;
    this.persistence = parts.persistence;
    this.ownerUrl = parts.ownerUrl;
  }

  static async create(system: System, random: Random, count: number): Promise<World> {
    const persistence = createPersistence();
    const ownerUrl = await system.openDoor("owner");
    const cast = await createCast(ownerUrl, random, persistence);
    const people: Person[] = [...cast.members, ...cast.foreigners];
    const memory = new Memory();
    const clients: Client[] = [];
    for (let index = 0; index < count; index += 1) {
      const person = people[index % people.length];
      // Every person gets every kind in turn.
      const kind = CLIENT_KINDS[(index + Math.floor(index / people.length)) % CLIENT_KINDS.length];
      if (!person || !kind) continue;
      const name = `client ${index + 1}`;
      clients.push(new Client({ name, kind, person, url: await system.openDoor(name), memory }));
    }
    const world = new World({ system, cast, clients, persistence, ownerUrl });
    await Promise.all(clients.map((client) => client.renew()));
    for (const [index, client] of clients.entries()) {
      // Every kind of client watches every board.
      const other = 1 + ((index + Math.floor(index / 3)) % 3);
      for (const board of new Set([cast.boards[0], world.boardFor(client, other)])) {
        if (board) client.watch(board.id);
      }
    }
    return world;
  }

  /** Foreigners work on their own board, and knock at the first of ours. */
  boardFor(client: Client, index: number): KnownBoard | undefined {
    const isForeign = this.cast.foreigners.some(({ id }) => id === client.person.id);
    return isForeign && index > 0 ? this.cast.foreignBoard : this.cast.boards[index];
  }

  get boardIds(): string[] {
    return [...this.cast.boards, this.cast.foreignBoard].map(({ id }) => id);
  }

  /** Runs work alone among the work of the same name. */
  async alone<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = this.#queues.get(name);
    let done = () => {};
    this.#queues.set(
      name,
      new Promise<void>((resolve) => {
        done = resolve;
      }),
    );
    await before;
    try {
      return await work();
    } finally {
      done();
    }
  }

  async readTimeline(): Promise<Timeline> {
    return this.system.cluster.query((sql) => readTimeline(sql, this.cast.first));
  }

  async close(): Promise<void> {
    await Promise.race([Promise.all(this.clients.map((client) => client.close())), delay(5_000)]);
    await Promise.race([this.cast.owner.close(), delay(1_000)]);
  }
}
