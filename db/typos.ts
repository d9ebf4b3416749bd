import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/**
 * Makes what misspelt words are found by, where the owner may: two extensions that come with Postgres and are trusted,
 * so that it takes no superuser but the right to create in the database. Answers whether it is there: without it
 * `search_tasks` finds words and their beginnings, and nothing that is misspelt. Runs behind the migrations.
 */
export async function prepareTypos(db: Database): Promise<boolean> {
  await db.execute(sql`
    do $$ declare place text; begin
      if (select count(*) from pg_extension where extname in ('pg_trgm', 'btree_gin')) < 2 then
        begin
          create extension if not exists pg_trgm;
          create extension if not exists btree_gin;
        exception when insufficient_privilege or feature_not_supported or undefined_file then return;
        end;
      end if;
      if to_regclass('search_text_title') is null then
        select extnamespace::regnamespace::text into place from pg_extension where extname = 'pg_trgm';
        execute format('create index search_text_title on search_text using gin (org_id, title %s.gin_trgm_ops)
          where title is not null', place);
      end if;
    end $$`);
  const [found] = await db.execute<{ isThere: boolean }>(
    sql`select to_regclass('search_text_title') is not null as "isThere"`,
  );
  return found?.isThere ?? false;
}

/** Said at the start where it is not there. */
export const NO_TYPOS =
  "Searches find no misspelt words: the database lacks the extensions pg_trgm and btree_gin, and the owner of the tables may not create them. A superuser may: create extension pg_trgm; create extension btree_gin.";
