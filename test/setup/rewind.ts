import { sql } from "drizzle-orm";
import type { World } from "./world.ts";

/**
 * Remembers every row there is; the answer brings the database back to that. Costs a tenth of making a scene anew. For
 * files whose tests each change the same scene: whatever a test makes is gone for the next, so nothing may be kept in
 * variables that came after. The server is as it was: it keeps nothing that the database does not say again.
 */
export async function rewinder({ db }: World): Promise<() => Promise<void>> {
  await db.execute(sql`create schema if not exists remembered`);
  await db.execute(sql`
    do $$
      declare t record;
      begin
        for t in select tablename from pg_tables where schemaname = 'public' loop
          execute format('create unlogged table remembered.%1$I as table public.%1$I', t.tablename);
        end loop;
      end
    $$`);
  // Without triggers and foreign keys: each table is brought back by itself, and all were right when they were remembered.
  await db.execute(sql`
    create function remembered.bring_back() returns void language plpgsql set session_replication_role = replica as $$
      declare
        t record;
        is_there boolean;
      begin
        for t in
          select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
          from pg_class c join pg_attribute a on a.attrelid = c.oid
          where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
            and a.attgenerated = ''
          group by c.relname
        loop
          execute format('select exists (table public.%1$I) or exists (table remembered.%1$I)', t.relname) into is_there;
          continue when not is_there;
          execute format('delete from public.%1$I', t.relname);
          execute format('insert into public.%1$I (%2$s) overriding system value select %2$s from remembered.%1$I',
            t.relname, t.columns);
        end loop;
      end
    $$`);
  return async () => {
    await db.execute(sql`select remembered.bring_back()`);
  };
}
