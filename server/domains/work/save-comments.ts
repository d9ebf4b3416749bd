import { type SQL, sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { Tx } from "../../core/tx.ts";
import type { CommentChanges, Erasure, PicturedComment, ReactionChange } from "./comment-set.ts";
import type { PicturedTask } from "./task-order.ts";

/** Writes comments in a few statements, whatever their number. What one leaves that goes is gone by its key. */
export function saveComments(tx: Tx, changes: CommentChanges): void {
  const { deleted, created, rewritten, touched, reactions, erased, met } = changes;
  if (met.length > 0) {
    send(
      tx,
      sql`insert into board_member (org_id, board_id, user_id, role) select b.org_id, b.id, n.user_id, null
        from unnest(${each("uuid", met, ({ boardId }) => boardId)}, ${each("uuid", met, ({ userId }) => userId)})
          n(board_id, user_id) join board b on b.id = n.board_id on conflict do nothing`,
    );
  }
  if (deleted.length > 0) send(tx, sql`delete from comment where id = any(${each("uuid", deleted, (id) => id)})`);
  insertComments(tx, created);
  rewriteComments(tx, rewritten);
  touchComments(tx, touched);
  saveReactions(tx, reactions);
  for (const erasure of erased) erase(tx, erasure);
}

function insertComments(tx: Tx, created: readonly PicturedComment[]): void {
  if (created.length === 0) return;
  send(
    tx,
    sql`insert into comment (id, org_id, board_id, task_id, parent_id, author_id, author_name, origin, state, text,
        mention_ids, text_versions, imported_text, version, created_at, edited_at)
      select n.id, b.org_id, n."boardId", n."taskId", n."parentId", n."authorId", n."authorName", n.origin, n.state, n.text,
        ${listsOf()}, n."importedText", n.version, n."createdAt", n."editedAt"
      from ${records(created)} join board b on b.id = n."boardId"`,
  );
}

/** A comment stays where it is, and whose it is. One that is left without its text has no reactions either. */
function rewriteComments(tx: Tx, rewritten: readonly PicturedComment[]): void {
  if (rewritten.length === 0) return;
  send(
    tx,
    sql`update comment c set (state, text, mention_ids, text_versions, imported_text, version, edited_at) =
        (n.state, n.text, ${listsOf()}, n."importedText", n.version, n."editedAt")
      from ${records(rewritten)} where c.id = n.id and c.id = any(${each("uuid", rewritten, ({ comment }) => comment.id)})`,
  );
  const left = rewritten.filter(({ comment }) => comment.state === "deleted").map(({ comment }) => comment.id);
  if (left.length > 0) {
    send(tx, sql`delete from comment_reaction where comment_id = any(${each("uuid", left, (id) => id)})`);
  }
}

function touchComments(tx: Tx, touched: readonly PicturedComment[]): void {
  if (touched.length === 0) return;
  send(
    tx,
    sql`update comment c set version = n.version
      from unnest(${each("uuid", touched, ({ comment }) => comment.id)},
        ${each("bigint", touched, ({ comment }) => comment.version)}) n(id, version) where c.id = n.id`,
  );
}

function listsOf(): SQL {
  return sql`array(select json_array_elements_text(n."mentionIds")::uuid),
    array(select json_array_elements_text(n."textVersions")::bigint)`;
}

function records(rows: readonly PicturedComment[]): SQL {
  const flat = rows.map(({ comment: { reactions: _, ...comment }, ...rest }) => ({ ...comment, ...rest }));
  return sql`json_to_recordset(${JSON.stringify(flat)}::json) n(id uuid, "boardId" uuid, "taskId" uuid, "parentId" uuid,
    "authorId" uuid, "authorName" text, origin text, state text, text text, "mentionIds" json, "textVersions" json,
    "importedText" text, version bigint, "createdAt" timestamptz, "editedAt" timestamptz)`;
}

function saveReactions(tx: Tx, reactions: readonly ReactionChange[]): void {
  const gone = reactions.filter(({ version }) => version === null);
  const come = reactions.filter(({ version }) => version !== null);
  if (gone.length > 0) {
    send(
      tx,
      sql`delete from comment_reaction r using ${reactionRows(gone)} where r.board_id = n.board_id
        and r.comment_id = n.comment_id and r.user_id = n.user_id and r.emoji = n.emoji`,
    );
  }
  if (come.length === 0) return;
  send(
    tx,
    sql`insert into comment_reaction (org_id, board_id, comment_id, user_id, emoji, version)
      select b.org_id, n.* from ${reactionRows(come)} join board b on b.id = n.board_id
      on conflict (board_id, comment_id, user_id, emoji) do update set version = excluded.version`,
  );
}

function reactionRows(reactions: readonly ReactionChange[]): SQL {
  return sql`unnest(${each("uuid", reactions, ({ boardId }) => boardId)},
    ${each("uuid", reactions, ({ commentId }) => commentId)}, ${each("uuid", reactions, ({ userId }) => userId)},
    ${each("text", reactions, ({ emoji }) => emoji)}, ${each("bigint", reactions, ({ version }) => version)})
    n(board_id, comment_id, user_id, emoji, version)`;
}

/**
 * Takes the texts of a comment from the events that hold them, and from what its author was answered. Behind all else:
 * the log may get them from this very transaction.
 */
function erase(tx: Tx, { id, boardId, authorId, textVersions }: Erasure): void {
  tx.keepForEnd(sql`
    update event set data = jsonb_set(data, '{comment,text}', '""')
    where stream_id = ${boardId}::uuid and version = any(${each("bigint", textVersions, (version) => version)})`);
  if (authorId === null) return;
  tx.keepForEnd(
    sql`update mutation set result = null where user_id = ${authorId}::uuid and stream_id = ${boardId}::uuid
      and procedure like 'comments.%' and result->'value'->>'id' = ${id}`,
    { userId: authorId },
  );
}

/** How many comments tasks have, where that was changed. */
export function saveCommentCounts(tx: Tx, tasks: readonly PicturedTask[]): void {
  const counted = tasks.filter(({ saved, task }) => (saved?.task.commentCount ?? 0) !== task.commentCount);
  if (counted.length === 0) return;
  send(
    tx,
    sql`update task t set comment_count = n.count
      from unnest(${each("uuid", counted, ({ task }) => task.id)},
        ${each("int", counted, ({ task }) => task.commentCount)}) n(id, count)
      where t.id = n.id`,
  );
}

function send(tx: Tx, statement: SQL): void {
  tx.send(tx.db.execute(statement));
}
