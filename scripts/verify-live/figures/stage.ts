import { createTrestle, type Trestle } from "../../../client/index.ts";
import { System, type SystemOptions } from "../system.ts";
import { Reader } from "./reader.ts";

const PASSWORD = "a long enough password";
/** The server lets an account have a hundred. */
const READERS_PER_ACCOUNT = 90;

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly trestle: Trestle;
}

/** What a figure is measured on: a system with an organisation, one board with one task, and its owner. */
export class Stage {
  readonly system: System;
  readonly owner: Account;
  readonly orgId: string;
  readonly boardId: string;
  readonly #taskId: string;
  readonly #readers: Reader[] = [];
  readonly #accounts: Account[] = [];

  private constructor(system: System, owner: Account, made: { orgId: string; boardId: string; taskId: string }) {
    this.system = system;
    this.owner = owner;
    this.orgId = made.orgId;
    this.boardId = made.boardId;
    this.#taskId = made.taskId;
    this.#accounts.push(owner);
  }

  static async open(options: SystemOptions): Promise<Stage> {
    const system = await System.start(options);
    try {
      const owner = await signUp(await system.openDoor("owner"), "owner");
      const { id: orgId } = await owner.trestle.orgs.create.mutate({ name: "Measured" });
      const { id: projectId } = await owner.trestle.projects.create.mutate({ orgId, name: "Project", key: "PRJ" });
      const board = { orgId, projectId, name: "Board", columns: ["To do"] };
      const { id: boardId } = await owner.trestle.boards.create.mutate(board);
      const { columns } = await owner.trestle.boards.get.query({ boardId });
      const task = { boardId, columnId: columns[0]?.id ?? "", title: "Task" };
      const { id: taskId } = await owner.trestle.tasks.create.mutate(task);
      return new Stage(system, owner, { orgId, boardId, taskId });
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  /** The address of one server, past the balancer. */
  urlOf(index: number): string {
    return `http://127.0.0.1:${this.system.servers[index]?.port}`;
  }

  /** One more member of the organisation. */
  async admit(role: "member" | "guest" = "member"): Promise<Account> {
    const account = await signUp(this.urlOf(0), `${role} ${this.#accounts.length}`);
    this.#accounts.push(account);
    const { token } = await this.owner.trestle.members.invite.mutate({ orgId: this.orgId, email: account.email, role });
    await account.trestle.members.accept.mutate({ token });
    return account;
  }

  /** Its one task. */
  get task(): { boardId: string; taskId: string } {
    return { boardId: this.boardId, taskId: this.#taskId };
  }

  /** Makes a change; answers its version. */
  async change(text: { title: string } | { description: string }): Promise<number> {
    return (await this.owner.trestle.tasks.update.mutate({ ...this.task, ...text })).version;
  }

  /** So many readers of the board that have their first snapshot. */
  async read(url: string, count: number): Promise<Reader[]> {
    const readers: Reader[] = [];
    for (let left = count; left > 0; left -= READERS_PER_ACCOUNT) {
      const { token } = await this.admit();
      const batch = Array.from({ length: Math.min(left, READERS_PER_ACCOUNT) }, () => this.reader(url, token));
      await until(() => batch.every(({ version }) => version > 0), "the readers did not get their first snapshot");
      readers.push(...batch);
    }
    return readers;
  }

  reader(url: string, token: string): Reader {
    const reader = new Reader({ url, token, boardId: this.boardId });
    this.#readers.push(reader);
    return reader;
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) reader.close();
    await Promise.all(this.#accounts.map(({ trestle }) => trestle.close()));
    await this.system.close();
  }
}

async function signUp(url: string, name: string): Promise<Account> {
  const trestle = createTrestle({ url });
  const email = `${name.replaceAll(" ", ".")}.${crypto.randomUUID().slice(0, 8)}@example.test`;
  const { user } = await trestle.auth.signUp.mutate({ name, email, password: PASSWORD, transport: "token" });
  return { id: user.id, email, token: trestle.token ?? "", trestle };
}

const PATIENCE_MS = 120_000;

/** Waits for what comes by itself. Fails with the sentence when it does not. */
export async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  const limit = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > limit) throw new Error(otherwise);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** How long after an instant each reader had a version, in milliseconds, sorted. */
export async function reached(readers: readonly Reader[], version: number, since: number): Promise<number[]> {
  await until(() => readers.every((reader) => reader.version >= version), `some readers never had version ${version}`);
  return readers.map((reader) => Math.max(0, firstAt(reader, version) - since)).toSorted((a, b) => a - b);
}

/** A snapshot may have skipped the version itself. */
function firstAt({ reachedAt }: Reader, version: number): number {
  return Math.min(...[...reachedAt].filter(([reachedVersion]) => reachedVersion >= version).map(([, at]) => at));
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
