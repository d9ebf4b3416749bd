import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { jsonObject } from "../../../db/columns.ts";
import type { Comment } from "./comments.contract.ts";
import { pairs } from "./load-picture.ts";
import type { Wanted } from "./needs.ts";

/** The one way a row (alias `c`) becomes a `Comment`. */
export const commentJson = jsonObject({
  id: "c.id",
  boardId: "c.board_id",
  taskId: "c.task_id",
  parentId: "c.parent_id",
  authorId: "c.author_id",
  authorName: "c.author_name",
  origin: "c.origin",
  state: "c.state",
  text: "c.text",
  mentionIds: "to_json(c.mention_ids)",
  reactions: `coalesce((select json_agg(json_build_object('emoji', r.emoji, 'userId', r.user_id) order by r.version)
    from comment_reaction r where r.board_id = c.board_id and r.comment_id = c.id), '[]'::json)`,
  version: "c.version",
  createdAt: "iso(c.created_at)",
  editedAt: "iso(c.edited_at)",
});

export interface LoadedComment {
  readonly comment: Comment;
  /** The events that hold its texts. */
  readonly textVersions: readonly number[];
  /** What an imported one said before it was changed. */
  readonly importedText: string | null;
  readonly answerCount: number;
}

/** Comments, and what they answer, in one statement for any number of them. */
export async function loadComments(db: Db, wanted: ReadonlyMap<string, Wanted>): Promise<readonly LoadedComment[]> {
  const rows = await db.execute<{ loaded: LoadedComment }>(sql`
    with wanted as (select c.id, c.parent_id from unnest(${pairs(wanted)}) w(board_id, id)
      join comment c on c.board_id = w.board_id and c.id = w.id)
    select json_build_object('comment', ${commentJson}, 'textVersions', c.text_versions,
      'importedText', c.imported_text, 'answerCount', (select count(*) from comment a
        where a.org_id = c.org_id and a.board_id = c.board_id and a.parent_id = c.id)) as loaded
    from (select id from wanted union select parent_id from wanted where parent_id is not null) n
    join comment c on c.id = n.id`);
  return rows.map(({ loaded }) => loaded);
}
