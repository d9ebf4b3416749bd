import { AppError } from "../../core/app-error.ts";
import type { Picture, Tx } from "../../core/tx.ts";
import type { BoardMember } from "./boards.contract.ts";
import { loadPlaces, loadSets, lockProjects, type PicturedProject } from "./load-picture.ts";
import { AllNeeds, type Needs } from "./needs.ts";
import { saveNumbers, saveTasks } from "./save-picture.ts";
import { TaskOrder } from "./task-order.ts";

/**
 * What the commands of a transaction decide on: tasks of boards in their places, as the commands so far have left them.
 * What no command may change is in it as far as somebody asks for it.
 */
export class BoardPicture implements Picture {
  readonly tx: Tx;
  readonly #needs = new AllNeeds();
  #order = new TaskOrder();
  #labels = new Set<string>();
  #people = new Map<string, BoardMember>();
  #taken = new Set<string>();
  #projects = new Map<string, PicturedProject>();
  /** It does not hold all that was asked for, or not as it is in the database by now. */
  #isStale = false;

  constructor(tx: Tx) {
    this.tx = tx;
  }

  get order(): TaskOrder {
    return this.#order;
  }

  ask(boardId: string, needs: Needs): void {
    if (this.#needs.add(boardId, needs)) this.#isStale = true;
  }

  /** Makes sure that it holds what a command needs. Something new makes it load everything again. */
  async require(boardId: string, needs: Needs): Promise<void> {
    this.ask(boardId, needs);
    if (!this.#isStale) return;
    this.save();
    await this.load();
  }

  /** Three statements at the most, whatever was asked for. Locks the projects that number new tasks. */
  async load(): Promise<void> {
    const { db, isShared } = this.tx;
    const needs = this.#needs;
    this.#isStale = false;
    const hasSets = needs.labels.size + needs.people.size + needs.created.size > 0;
    const [projects, places, sets] = await Promise.all([
      needs.numbered.size > 0 ? lockProjects(db, [...needs.numbered], !isShared) : new Map<string, PicturedProject>(),
      loadPlaces(db, needs),
      hasSets ? loadSets(db, needs) : undefined,
    ]);
    this.#order = new TaskOrder(places);
    this.#projects = projects;
    this.#labels = new Set(sets?.labels?.map(({ boardId, id }) => `${boardId} ${id}`));
    this.#people = new Map(sets?.people?.map(({ boardId, member }) => [`${boardId} ${member.userId}`, member]));
    this.#taken = new Set(sets?.taken);
  }

  lacks(boardId: string): boolean {
    return this.#needs.numbered.has(boardId) && !this.#projects.has(boardId);
  }

  /** Writes what the commands so far have changed. */
  save(): void {
    saveTasks(this.tx, this.#order.takeChanges());
    saveNumbers(this.tx, new Set(this.#projects.values()));
  }

  /** Writes what was changed so far, and lets `work` read and write the rows themselves. */
  aside<T>(work: () => Promise<T>): Promise<T> {
    this.save();
    this.#isStale = true;
    return work();
  }

  /** The project that numbers a board's tasks. */
  requireProject(boardId: string): PicturedProject {
    const project = this.#projects.get(boardId);
    if (!project) throw new AppError("BOARD_NOT_FOUND");
    return project;
  }

  takeNumber(boardId: string): { number: number; key: string } {
    const project = this.requireProject(boardId);
    const { number } = project;
    project.number += 1;
    return { number, key: `${project.key}-${number}` };
  }

  isTaken(taskId: string): boolean {
    return this.#taken.has(taskId) || this.#order.hasMade(taskId);
  }

  hasLabel(boardId: string, id: string): boolean {
    return this.#labels.has(`${boardId} ${id}`);
  }

  /** Somebody who can see the board. */
  person(boardId: string, userId: string): BoardMember | undefined {
    return this.#people.get(`${boardId} ${userId}`);
  }
}
