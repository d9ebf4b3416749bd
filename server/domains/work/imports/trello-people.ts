import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import type { Board } from "../boards.contract.ts";
import type { PersonDraft } from "./trello-export.ts";

/** People of a file → those of them who have an account here and a role on the board, by external id. */
export async function matchPeople(
  db: Db,
  board: Pick<Board, "id" | "orgId" | "visibility">,
  people: readonly PersonDraft[],
): Promise<Map<string, string>> {
  const clues = new Set(people.flatMap(({ email, username, fullName }) => [email, username, fullName]));
  clues.delete("");
  const members = await db.execute<Member>(sql`
    select u.id, lower(u.email) as email, split_part(lower(u.email), '@', 1) as "localPart", lower(u.name) as name
    from membership m join app_user u on u.id = m.user_id
    left join board_member bm on bm.board_id = ${board.id}::uuid and bm.user_id = m.user_id
    where m.org_id = ${board.orgId}::uuid and board_role(m.role, ${board.visibility}, bm.role) is not null
      and array[lower(u.email), split_part(lower(u.email), '@', 1), lower(u.name)]
        && array(select json_array_elements_text(${JSON.stringify([...clues])}::json))`);
  return new Map(
    people.flatMap((person) => {
      const userId = findMember(members, person);
      return userId === undefined ? [] : [[person.externalId, userId]];
    }),
  );
}

interface Member extends Record<string, unknown> {
  id: string;
  email: string;
  localPart: string;
  name: string;
}

/** By e-mail address, else by user name, else by full name. Where two could be meant, nobody is. */
function findMember(members: readonly Member[], { email, username, fullName }: PersonDraft): string | undefined {
  const ways = [
    (member: Member) => email !== "" && member.email === email,
    (member: Member) => username !== "" && (member.localPart === username || member.name === username),
    (member: Member) => fullName !== "" && member.name === fullName,
  ];
  for (const isMeant of ways) {
    const meant = members.filter(isMeant);
    if (meant.length > 0) return meant.length === 1 ? meant[0]?.id : undefined;
  }
  return undefined;
}
