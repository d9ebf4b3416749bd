import { sql } from "drizzle-orm";
import { type ImportPlace, meetPeople } from "./new-tasks.ts";

/** A comment of an import as it is written: of somebody who has an account here, else of a name. */
export interface NewComment {
  readonly id: string;
  readonly externalId: string;
  readonly taskId: string;
  readonly authorId: string | null;
  readonly authorName: string | null;
  readonly text: string;
  readonly mentionIds: readonly string[];
  readonly createdAt: string;
  readonly editedAt: string | null;
}

/** Writes comments, marked as imported; whoever wrote them or is mentioned is known to the board then. */
export async function insertComments(place: ImportPlace, comments: readonly NewComment[]): Promise<void> {
  if (comments.length === 0) return;
  const { tx, board, version } = place;
  await Promise.all([
    meetPeople(
      place,
      comments.flatMap(({ authorId, mentionIds }) => [authorId ?? [], mentionIds].flat()),
    ),
    tx.db.execute(sql`
      insert into comment (id, org_id, board_id, task_id, parent_id, author_id, author_name, origin, state, text,
        mention_ids, text_versions, imported_text, version, external_id, created_at, edited_at)
      select n.id, ${board.orgId}::uuid, ${board.id}::uuid, n."taskId", null, n."authorId", n."authorName", 'imported',
        'open', n.text, array(select json_array_elements_text(n."mentionIds")::uuid), '{}', null, ${version}::bigint,
        n."externalId", n."createdAt", n."editedAt"
      from json_to_recordset(${JSON.stringify(comments)}::json) n(id uuid, "taskId" uuid, "authorId" uuid,
        "authorName" text, text text, "mentionIds" json, "externalId" text, "createdAt" timestamptz,
        "editedAt" timestamptz)`),
  ]);
}
