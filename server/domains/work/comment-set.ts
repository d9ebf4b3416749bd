import type { Comment, Reaction } from "./comments.contract.ts";
import type { LoadedComment } from "./load-comments.ts";

/** A comment as the commands so far have left it. */
export type PicturedComment = Omit<LoadedComment, "answerCount">;

/** Somebody's reaction: `version` is null when it was taken back. */
export interface ReactionChange extends Reaction {
  readonly boardId: string;
  readonly commentId: string;
  readonly version: number | null;
}

/** A comment whose texts are to go from wherever they are kept. */
export type Erasure = Pick<Comment, "id" | "boardId" | "authorId"> & { readonly textVersions: readonly number[] };

/** Somebody whom a board knows from now on. */
interface Met {
  readonly boardId: string;
  readonly userId: string;
}

export interface CommentChanges {
  /** Ids of those that are to go from the database. */
  readonly deleted: readonly string[];
  readonly created: readonly PicturedComment[];
  /** Those that say something else than before. */
  readonly rewritten: readonly PicturedComment[];
  /** Those of which only the version is another one. */
  readonly touched: readonly PicturedComment[];
  readonly reactions: readonly ReactionChange[];
  readonly erased: readonly Erasure[];
  readonly met: readonly Met[];
}

/** The comments that commands asked for, and what those answer; with how many answers each has. */
export class CommentSet {
  readonly #comments = new Map<string, PicturedComment>();
  readonly #answerCounts = new Map<string, number>();
  /** Ids of those that are in the database. */
  readonly #saved = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #rewritten = new Set<string>();
  readonly #deleted = new Set<string>();
  readonly #reactions = new Map<string, ReactionChange>();
  readonly #erased: Erasure[] = [];
  readonly #met = new Map<string, Met>();

  constructor(loaded: readonly LoadedComment[] = []) {
    for (const { answerCount, ...found } of loaded) {
      const { id } = found.comment;
      this.#comments.set(id, found);
      this.#answerCounts.set(id, answerCount);
      this.#saved.add(id);
    }
  }

  find(boardId: string, id: string): PicturedComment | undefined {
    const found = this.#comments.get(id);
    return found?.comment.boardId === boardId ? found : undefined;
  }

  has(id: string): boolean {
    return this.#comments.has(id);
  }

  answerCount(id: string): number {
    return this.#answerCounts.get(id) ?? 0;
  }

  put(pictured: PicturedComment): void {
    const { id, parentId, text } = pictured.comment;
    const before = this.#comments.get(id);
    if (!before) this.#count(parentId, 1);
    if (before?.comment.text !== text) this.#rewritten.add(id);
    this.#comments.set(id, pictured);
    this.#changed.add(id);
  }

  /** Adds a reaction, or takes it back. */
  react(pictured: PicturedComment, { emoji, userId, version }: Reaction & { version: number | null }): void {
    const { id: commentId, boardId } = pictured.comment;
    this.put(pictured);
    this.#reactions.set(`${commentId} ${userId} ${emoji}`, { boardId, commentId, emoji, userId, version });
  }

  /** One that is made anew under the id of a deleted one is another comment. */
  delete({ comment: { id, parentId } }: PicturedComment): void {
    this.#count(parentId, -1);
    this.#comments.delete(id);
    this.#changed.delete(id);
    this.#forgetReactions(id);
    if (this.#saved.delete(id)) this.#deleted.add(id);
  }

  /** Its texts go from the log and from the answers that are kept for repeats, and its reactions with them. */
  erase({ comment: { id, boardId, authorId }, textVersions }: PicturedComment): void {
    this.#erased.push({ id, boardId, authorId, textVersions });
    this.#forgetReactions(id);
  }

  /** The board knows them from now on. */
  meet(boardId: string, people: readonly { userId: string }[]): void {
    for (const { userId } of people) this.#met.set(`${boardId} ${userId}`, { boardId, userId });
  }

  /** What was changed since it was last asked. */
  takeChanges(): CommentChanges {
    const changed = [...this.#changed].flatMap((id) => this.#comments.get(id) ?? []);
    const updated = changed.filter(({ comment }) => this.#saved.has(comment.id));
    const changes = {
      deleted: [...this.#deleted],
      created: changed.filter(({ comment }) => !this.#saved.has(comment.id)),
      rewritten: updated.filter(({ comment }) => this.#rewritten.has(comment.id)),
      touched: updated.filter(({ comment }) => !this.#rewritten.has(comment.id)),
      reactions: [...this.#reactions.values()],
      erased: this.#erased.splice(0),
      met: [...this.#met.values()],
    };
    for (const { comment } of changes.created) this.#saved.add(comment.id);
    for (const taken of [this.#changed, this.#rewritten, this.#deleted, this.#reactions, this.#met]) taken.clear();
    return changes;
  }

  #count(parentId: string | null, by: 1 | -1): void {
    if (parentId !== null) this.#answerCounts.set(parentId, this.answerCount(parentId) + by);
  }

  #forgetReactions(commentId: string): void {
    for (const [key, reaction] of this.#reactions) if (reaction.commentId === commentId) this.#reactions.delete(key);
  }
}
