import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";

/** Who the server is in a database that Trestle made: it owns no table, and sees what a tenant has. */
export const SERVER_ROLE = "trestle_server";

/** Who `current_user` is to the wall. */
export interface Standing extends Record<string, unknown> {
  readonly role: string;
  /** It sees everything: as a superuser, by BYPASSRLS, or as the owner of tables, itself or by `set role`. */
  readonly isAbove: boolean;
  /** There are no tables yet. */
  readonly isEmpty: boolean;
}

export async function readStanding(db: Database): Promise<Standing> {
  const [standing] = await db.execute<Standing>(sql`
    with tables as (select relowner from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))
    select current_user::text as role, not exists (select from tables) as "isEmpty",
      exists (select from tables where pg_has_role(current_user, relowner, 'member'))
      or exists (select from pg_roles r where (r.rolsuper or r.rolbypassrls) and pg_has_role(current_user, r.oid, 'member'))
        as "isAbove"`);
  if (!standing) throw new Error("a select without a table has one row");
  return standing;
}

/** Makes the walls hold for the owner of the tables, too, who may be no superuser. Runs behind the migrations. */
export async function forceWalls(db: Database): Promise<void> {
  await db.execute(sql`
    do $$ declare name regclass; begin
      for name in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and relrowsecurity and not relforcerowsecurity
      loop execute format('alter table %s force row level security', name); end loop;
    end $$`);
}

/**
 * Gives a role what the server needs, and no more: rows, and the functions that are doors in the wall, which are nobody
 * else's. Makes the role if there is none.
 */
export async function grantToServer(db: Database, role: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('app.role', ${role}, true)`);
    await tx.execute(sql`
      do $$ declare server text := current_setting('app.role'); door regprocedure; place text; begin
        begin
          if not exists (select from pg_roles where rolname = server) then execute format('create role %I login', server); end if;
        exception when duplicate_object or unique_violation then null; -- another database of the cluster was quicker
        end;
        -- What the doors find by name is the owner's: before Postgres 15 anybody may put something there.
        revoke create on schema public from public;
        foreach place in array array['public', 'drizzle', 'pgboss'] loop
          execute format('grant usage on schema %I to %I', place, server);
        end loop;
        foreach place in array array['public', 'pgboss'] loop
          execute format('grant select, insert, update, delete on all tables in schema %I to %I', place, server);
          execute format('grant usage on all sequences in schema %I to %I', place, server);
        end loop;
        execute format('grant execute on all functions in schema pgboss to %I', server);
        execute format('grant select on drizzle.__drizzle_migrations to %I', server);
        for door in select oid from pg_proc where pronamespace = 'public'::regnamespace and prosecdef loop
          execute format('revoke execute on function %s from public', door);
          execute format('grant execute on function %s to %I', door, server);
        end loop;
      end $$`);
  });
}
