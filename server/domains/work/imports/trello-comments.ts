import { sql } from "drizzle-orm";
import { each } from "../../../../db/columns.ts";
import { newId } from "../../../core/ids.ts";
import { namedIn } from "../comments.contract.ts";
import { COMMENTS_PER_TASK } from "../comments.service.ts";
import { insertComments, type NewComment } from "./new-comments.ts";
import type { ExportSpool } from "./trello-spool.ts";
import type { BoardImport } from "./trello-tasks.ts";

/**
 * Comments become comments of their cards' tasks, batch by batch: of the people that are recognised (`people`: external
 * id → ours), else of a name. What says that it mentions one of those does so here.
 */
export async function importComments(
  work: BoardImport,
  people: ReadonlyMap<string, string>,
  spool: ExportSpool["comments"],
): Promise<void> {
  const { board, findings, tx } = work;
  const there = await loadThere(work);
  const toText = mentioning(work, people);
  const names = new Map(work.file.people.map(({ externalId, name }) => [externalId, name]));
  const known = new Set(people.values());
  const now = tx.now.toISOString();
  for await (const batch of spool.batches()) {
    const fresh: NewComment[] = [];
    const old = new Map<string, { text: string }>();
    for (const draft of batch) {
      const { externalId, createdAt, editedAt } = draft;
      const task = there.tasks.get(draft.cardId);
      const text = toText(draft.text);
      if (there.comments.has(externalId)) old.set(externalId, { text });
      else if (!task) findings.leaveOut("comments on cards that were left out or are not in the file");
      else if (task.count >= COMMENTS_PER_TASK) findings.leaveOut("comments past the limit of a task");
      else {
        const authorId = people.get(draft.authorId ?? "") ?? null;
        const authorName = authorId === null ? (names.get(draft.authorId ?? "") ?? null) : null;
        const mentionIds = namedIn(text).filter((userId) => known.has(userId));
        const at = createdAt !== null && createdAt < now ? createdAt : now;
        const written = { id: newId(), externalId, taskId: task.id, authorId, authorName, text, mentionIds };
        fresh.push({ ...written, createdAt: at, editedAt: editedAt !== null && editedAt > now ? now : editedAt });
        task.count += 1;
      }
    }
    findings.created.comments += fresh.length;
    await Promise.all([insertComments(work, fresh), compareComments(work, old)]);
  }
  const counted = [...there.tasks.values()].filter(({ count, saved }) => count !== saved);
  tx.send(
    tx.db.execute(sql`update task t set comment_count = n.count
      from unnest(${each("uuid", counted, ({ id }) => id)}, ${each("int", counted, ({ count }) => count)}) n(id, count)
      where t.org_id = ${board.orgId}::uuid and t.id = n.id`),
  );
}

/** A task, and how many comments it has: by now, and in the database. */
interface Commented {
  readonly id: string;
  count: number;
  readonly saved: number;
}

/** By their external ids: the tasks of the board, and the comments that were imported before. */
async function loadThere({ tx, board }: BoardImport) {
  const at = sql`org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid and external_id is not null`;
  const [tasks, comments] = await Promise.all([
    tx.db.execute<{ id: string; externalId: string; count: number }>(
      sql`select id, external_id as "externalId", comment_count as count from task where ${at}`,
    ),
    tx.db.execute<{ externalId: string }>(sql`select external_id as "externalId" from comment where ${at}`),
  ]);
  return {
    tasks: new Map<string, Commented>(
      tasks.map(({ externalId, id, count }) => [externalId, { id, count, saved: count }]),
    ),
    comments: new Set(comments.map(({ externalId }) => externalId)),
  };
}

/** Puts our mentions in the place of Trello's `@name`, where that is somebody who is recognised. */
function mentioning({ file }: BoardImport, people: ReadonlyMap<string, string>): (text: string) => string {
  const byName = new Map(
    file.people.flatMap(({ externalId, username }) => {
      const userId = people.get(externalId);
      return userId === undefined || username === "" ? [] : [[username, userId] as const];
    }),
  );
  return (text) =>
    text.replaceAll(/(?<![\w@<])@(\w+)/gu, (named, name: string) => {
      const userId = byName.get(name.toLowerCase());
      return userId === undefined ? named : `<@${userId}>`;
    });
}

/** How much of a comment stands in a report. */
const SHOWN_CHARACTERS = 80;

async function compareComments({ tx, board, findings }: BoardImport, drafts: ReadonlyMap<string, { text: string }>) {
  if (drafts.size === 0) return;
  const rows = await tx.db.execute<{ id: string; externalId: string; text: string }>(sql`
    select id, external_id as "externalId", text from comment
    where org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid
      and external_id = any(${each("text", [...drafts.keys()], (externalId) => externalId)})`);
  for (const { externalId, ...comment } of rows) {
    const draft = drafts.get(externalId);
    if (draft) findings.compare("comment", { ...comment, name: comment.text.slice(0, SHOWN_CHARACTERS) }, draft);
  }
}
