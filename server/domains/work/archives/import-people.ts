import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { each } from "../../../../db/columns.ts";
import type { OrgRole } from "../../../../db/enums.ts";
import type { ArchiveMap } from "./archive-map.ts";
import { type ArchiveReader, invalid } from "./archive-reader.ts";

const AT_ONCE = 1_000;

/** Finds those whom an archive names among the members, by their addresses. Fails: ARCHIVE_INVALID. */
export async function mapPeople(db: Db, orgId: string, archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  let page: { name: string; email: string | null }[] = [];
  const settle = async () => {
    const members = await membersOf(
      db,
      orgId,
      page.flatMap(({ email }) => email ?? []),
    );
    for (const { name, email } of page) {
      const { userId = null, role = null } = members.get(email ?? "") ?? {};
      const seesAll = role === "owner";
      map.people.push({ name, userId, seesBoards: role !== null && role !== "guest", seesAll });
    }
    page = [];
  };
  for await (const { line, where } of archive.lines("people")) {
    if (line.n !== map.people.length + page.length + 1) throw invalid(where, "People are numbered as they come.");
    page.push(line);
    if (page.length === AT_ONCE) await settle();
  }
  await settle();
}

async function membersOf(db: Db, orgId: string, emails: readonly string[]) {
  const rows = await db.execute<{ email: string; userId: string; role: OrgRole }>(sql`
    select lower(u.email) as email, u.id as "userId", m.role from membership m join app_user u on u.id = m.user_id
    where m.org_id = ${orgId}::uuid and lower(u.email) = any(${each("text", emails, (email) => email)})`);
  return new Map(rows.map(({ email, ...member }) => [email, member]));
}
