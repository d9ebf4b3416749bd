import { AppError } from "../../core/app-error.ts";
import type { Picture, Tx } from "../../core/tx.ts";
import type { BoardMember } from "./boards.contract.ts";
import { ChecklistSet, loadChecklists } from "./checklist-set.ts";
import type { CheckItem, Checklist } from "./checklists.contract.ts";
import { ColumnOrder } from "./column-order.ts";
import type { Column } from "./columns.contract.ts";
import { CommentSet } from "./comment-set.ts";
import { loadFamilies } from "./family-tree.ts";
import { LabelSet } from "./label-set.ts";
import type { Label } from "./labels.contract.ts";
import { loadComments } from "./load-comments.ts";
import {
  loadColumns,
  loadDescriptions,
  loadPlaces,
  loadSets,
  lockProjects,
  pairs,
  type PicturedProject,
} from "./load-picture.ts";
import { AllNeeds, type Needs, type NewThing } from "./needs.ts";
import { saveChecklists } from "./save-checklists.ts";
import { saveColumns } from "./save-columns.ts";
import { saveComments } from "./save-comments.ts";
import { saveLabels } from "./save-labels.ts";
import { saveNumbers, saveTasks } from "./save-picture.ts";
import { TaskOrder } from "./task-order.ts";
import type { Card } from "./tasks.contract.ts";

/**
 * What the commands of a transaction decide on: tasks of boards in their places, columns and labels, as the commands so
 * far have left them. What no command may change is in it as far as somebody asks for it.
 */
export class BoardPicture implements Picture {
  readonly tx: Tx;
  readonly #needs = new AllNeeds();
  #order = new TaskOrder();
  #columns = new ColumnOrder();
  #labels = new LabelSet();
  #comments = new CommentSet();
  #checklists = new ChecklistSet();
  /** Of columns that may come back, the cards that no command may change. */
  #returning = new Map<string, Card[]>();
  #people = new Map<string, BoardMember>();
  #taken = new Set<string>();
  #projects = new Map<string, PicturedProject>();
  #descriptions = new Map<string, string>();
  /** It does not hold all that was asked for, or not as it is in the database by now. */
  #isStale = false;

  constructor(tx: Tx) {
    this.tx = tx;
  }

  get order(): TaskOrder {
    return this.#order;
  }

  get columns(): ColumnOrder {
    return this.#columns;
  }

  get labels(): LabelSet {
    return this.#labels;
  }

  get comments(): CommentSet {
    return this.#comments;
  }

  get checklists(): ChecklistSet {
    return this.#checklists;
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

  /** Eight statements at the most, whatever was asked for. Locks the projects that number new tasks. */
  async load(): Promise<void> {
    const { db, isShared } = this.tx;
    const needs = this.#needs;
    this.#isStale = false;
    const [projects, places, families, columns, sets, comments, checklists, descriptions] = await Promise.all([
      needs.numbered.size > 0 ? lockProjects(db, [...needs.numbered], !isShared) : new Map<string, PicturedProject>(),
      needs.hasPlaces ? loadPlaces(db, needs) : undefined,
      needs.parents.size > 0 ? loadFamilies(db, needs) : [],
      needs.boardsOfColumns.size > 0 ? loadColumns(db, needs) : undefined,
      needs.hasSets ? loadSets(db, needs) : undefined,
      needs.comments.size > 0 ? loadComments(db, needs.comments) : undefined,
      needs.checklistsOf.size > 0 ? loadChecklists(db, pairs(needs.checklistsOf)) : undefined,
      needs.descriptions.size > 0 ? loadDescriptions(db, needs) : [],
    ]);
    this.#order = new TaskOrder({ ...places, families });
    this.#projects = projects;
    this.#columns = new ColumnOrder(columns);
    this.#returning = new Map(columns?.returning?.map(({ columnId, cards }) => [columnId, cards ?? []]));
    this.#labels = new LabelSet(sets);
    this.#comments = new CommentSet(comments);
    this.#checklists = new ChecklistSet(checklists);
    this.#descriptions = new Map(
      descriptions.map(({ boardId, taskId, version, description }) => [`${boardId} ${taskId} ${version}`, description]),
    );
    this.#people = new Map(sets?.people?.map(({ boardId, member }) => [`${boardId} ${member.userId}`, member]));
    this.#taken = new Set(sets?.taken?.map(nameOf));
  }

  lacks(boardId: string): boolean {
    return this.#needs.numbered.has(boardId) && !this.#projects.has(boardId);
  }

  /** Writes what the commands so far have changed. */
  save(): void {
    saveLabels(this.tx, this.#labels.takeChanges());
    saveColumns(this.tx, this.#columns.takeChanges());
    saveTasks(this.tx, this.#order.takeChanges());
    saveComments(this.tx, this.#comments.takeChanges());
    saveChecklists(this.tx, this.#checklists);
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

  /** Whether an id is somebody's, of any organisation: an earlier command of the same transaction may have taken it. */
  isTaken(thing: NewThing): boolean {
    if (this.#taken.has(nameOf(thing))) return true;
    return this.tx.everyPicture(BoardPicture).some((picture) => picture.#hasMade(thing));
  }

  #hasMade({ kind, id }: NewThing): boolean {
    switch (kind) {
      case "task":
        return this.#order.hasMade(id);
      case "column":
        return this.#columns.has(id);
      case "label":
        return this.#labels.has(id);
      case "comment":
        return this.#comments.has(id);
      case "checklist":
        return this.#checklists.checklists.get(id) !== undefined;
      case "check-item":
        return this.#checklists.items.get(id) !== undefined;
    }
  }

  putColumn(column: Column): void {
    this.#columns.put(column);
    this.#order.putColumn(column);
  }

  deleteLabel(label: Label): void {
    this.#labels.delete(label);
    this.#release({ kind: "label", id: label.id });
    this.#order.dropLabel(label.id);
    for (const [columnId, cards] of this.#returning) {
      const kept = cards.map((card) => ({ ...card, labelIds: card.labelIds.filter((id) => id !== label.id) }));
      this.#returning.set(columnId, kept);
    }
  }

  /** With its items. */
  deleteChecklist({ id }: Checklist): void {
    for (const item of this.#checklists.itemsOf(id)) this.deleteCheckItem(item);
    this.#checklists.checklists.delete(id);
    this.#release({ kind: "checklist", id });
  }

  deleteCheckItem({ id }: CheckItem): void {
    this.#checklists.items.delete(id);
    this.#release({ kind: "check-item", id });
  }

  /** An id is nobody's any more. */
  #release(thing: NewThing): void {
    for (const picture of this.tx.everyPicture(BoardPicture)) picture.#taken.delete(nameOf(thing));
  }

  /** The cards of a column that may come back, but for those that commands may change. */
  returning(columnId: string): readonly Card[] {
    return this.#returning.get(columnId) ?? [];
  }

  /** The text that a task's description was given at a version: by what is committed. */
  description(boardId: string, taskId: string, version: number): string | undefined {
    return this.#descriptions.get(`${boardId} ${taskId} ${version}`);
  }

  /** Somebody who can see the board. */
  person(boardId: string, userId: string): BoardMember | undefined {
    return this.#people.get(`${boardId} ${userId}`);
  }
}

function nameOf({ kind, id }: NewThing): string {
  return `${kind} ${id}`;
}
