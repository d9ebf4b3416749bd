import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { Kin } from "./family.ts";
import type { AllNeeds } from "./needs.ts";
import { pairs } from "./load-picture.ts";

/** A task as a part of another, or of which others are parts. */
export interface Member extends Kin {
  readonly id: string;
  readonly boardId: string;
  readonly state: string;
}

/**
 * What the parents that commands named are parts of, and have as parts; and all parts of the tasks that may become a
 * part, down to the smallest: whatever these commands join, each way up and down that they ask for is known whole.
 */
export async function loadFamilies(db: Db, { parents, parts }: AllNeeds): Promise<Member[]> {
  const member = sql`t.id, t.board_id, t.parent_id, t.state`;
  const among = (wanted: SQL) => sql`from unnest(${wanted}) n(board_id, id)
    join task t on t.board_id = n.board_id and t.id = n.id`;
  const rows = await db.execute<{ member: Member }>(sql`
    with recursive
      up as (select ${member} ${among(pairs(parents))}
        union select ${member} from up join task t on t.board_id = up.board_id and t.id = up.parent_id),
      down as (select ${member} ${among(pairs(parts))}
        union select ${member} from down join task t on t.board_id = down.board_id and t.parent_id = down.id)
    select json_build_object('id', x.id, 'boardId', x.board_id, 'parentId', x.parent_id, 'state', x.state) as member
    from (select * from up union select * from down union select ${member} from unnest(${pairs(parents)}) n(board_id, id)
      join task t on t.board_id = n.board_id and t.parent_id = n.id) x`);
  return rows.map(({ member: found }) => found);
}
