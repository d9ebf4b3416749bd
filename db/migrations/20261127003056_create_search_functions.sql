-- A text as it is looked for: small letters without accents, nothing of ASCII between its words.
-- In PL/pgSQL: what is no single expression takes a function of SQL ten times as long to begin.
create function search_fold(said text) returns text
language plpgsql immutable parallel safe strict
as $$
  declare small text := lower(translate(said, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)));
  begin
    if octet_length(small) = length(small) then return small; end if;
    return regexp_replace(normalize(small, NFKD), '[\u0300-\u036f]', '', 'g');
  end
$$;
--> statement-breakpoint
-- Words by what they are called, not by what they mean: any language, and a mark by which an index finds one organisation.
create function search_vector(org_id uuid, said text, weight "char") returns tsvector
language plpgsql immutable parallel safe
as $$
  begin
    return setweight(to_tsvector('pg_catalog.simple', search_fold(said)), weight) || array_to_tsvector(array['@' || org_id]);
  end
$$;
--> statement-breakpoint
-- What words begin with that a word finds: the word itself, and its stem in whatever language it may be of.
create function search_prefixes(word text) returns text[]
language sql stable parallel safe strict
as $$
  select array(
    select search_fold(word)
    union
    select search_fold(stem) from unnest(array['danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian',
      'italian', 'norwegian', 'portuguese', 'romanian', 'russian', 'spanish', 'swedish']) language
    cross join lateral (select (ts_lexize(('pg_catalog.' || language || '_stem')::regdictionary, lower(word)))[1]) x(stem)
    where length(stem) >= 3)
$$;
--> statement-breakpoint
-- Words that begin so. What Postgres takes for no word has no query: an empty one would let everything through.
create function search_beginning(prefixes text[]) returns tsquery
language sql stable parallel safe strict
as $$
  select case when numnode(query) > 0 then query end
  from (select to_tsquery('pg_catalog.simple', string_agg('''' || prefix || ''':*', ' | ')) as query
    from unnest(prefixes) prefix where prefix !~ '^\s*$') x
$$;
--> statement-breakpoint
create function search_query(word text) returns tsquery
language sql stable parallel safe strict
as $$ select search_beginning(search_prefixes(word)) $$;
--> statement-breakpoint
-- A word with two of its letters the wrong way round, which trigrams do not find.
create function search_swapped(word text) returns tsquery
language sql stable parallel safe strict
as $$
  select search_beginning(array(
    select overlay(w placing reverse(substr(w, i, 2)) from i for 2)
    from search_fold(word) w, generate_series(1, length(w) - 1) i))
$$;
--> statement-breakpoint
-- The tasks of the caller's organisation, on these boards, that say all of some words, and how well. What no text says is
-- looked for as if it were misspelt: with letters swapped, and then, where the database can, in titles that are alike. A word such as PRJ-12 or 12 is a number, too.
create function search_tasks(boards uuid[], said text[], is_ranked boolean)
returns table (task_id uuid, score real)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  declare
    own uuid := nullif(current_setting('app.org_id', true), '')::uuid;
    inside tsquery := ('''@' || own || '''')::tsquery;
    trigrams regnamespace := (select extnamespace from pg_extension where extname = 'pg_trgm'
      and to_regclass('search_text_title') is not null);
    weights constant real[] := '{0.1, 0.2, 0.4, 1}';
    word text; query tsquery; every_query tsquery; exact tsquery := ''; named text[]; ids uuid[]; found uuid[];
  begin
    foreach word in array said loop
      query := search_query(word);
      named := regexp_match(word, '^(?:([A-Za-z][A-Za-z0-9]*)-)?([0-9]{1,9})$');
      found := array(
        select x.task_id from search_text x
        where x.org_id = own and x.words @@ (inside && query) and x.board_id = any(boards)
        union
        select t.id from project p join task t on t.project_id = p.id and t.number = named[2]::int
        where named is not null and p.org_id = own and (named[1] is null or p.key = upper(named[1]))
          and t.org_id = own and t.board_id = any(boards));
      if cardinality(found) = 0 and named is null and length(word) between 4 and 40 then
        found := array(
          select distinct x.task_id from search_text x
          where x.org_id = own and x.words @@ (inside && search_swapped(word)) and x.board_id = any(boards));
      end if;
      if cardinality(found) = 0 and named is null and length(word) >= 4 and trigrams is not null then
        perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);
        execute format('
          with near as (select x.task_id, %1$s.word_similarity($3, x.title) as likeness from search_text x
            where x.org_id = $1 and x.title operator(%1$s.%%>) $3 and x.board_id = any($2)
            order by likeness desc, x.task_id desc limit 200)
          select array(select task_id from near where likeness >= (select max(likeness) from near) - 0.1)', trigrams)
          into found using own, boards, search_fold(word);
      end if;
      -- By a join: to look through an array for each row takes the one times the other.
      ids := case when ids is null then found else array(select unnest(ids) intersect select unnest(found)) end;
      if cardinality(ids) = 0 then return; end if;
      every_query := coalesce(every_query || query, query);
      exact := exact || to_tsquery('pg_catalog.simple', '''' || search_fold(word) || '''');
    end loop;
    if not is_ranked then return query select i, 0::real from unnest(ids) i; return; end if;
    -- Of what very many say, the newest is ranked.
    ids := array(select i from unnest(ids) i order by i desc limit 5000);
    return query
      select i, coalesce(r.score, 0)::real from unnest(ids) i left join (
        select x.task_id, max(2 * ts_rank(weights, x.words, exact) + ts_rank(weights, x.words, every_query)) as score
        from (select s.task_id, s.words from search_text s join unnest(ids) n on n = s.task_id
          where s.org_id = own and s.board_id = any(boards) and s.words @@ (inside && every_query) limit 20000) x
        group by 1) r on r.task_id = i;
  end
$$;
--> statement-breakpoint
create function search_new_tasks() returns trigger
language plpgsql
as $$
  begin
    insert into search_text (org_id, board_id, task_id, source_id, title, words)
    select org_id, board_id, id, id, search_fold(title),
      search_vector(org_id, title, 'A') || search_vector(org_id, description, 'B') from made;
    return null;
  end
$$;
--> statement-breakpoint
create function search_changed_task() returns trigger
language plpgsql
as $$
  begin
    update search_text set title = search_fold(new.title),
      words = search_vector(new.org_id, new.title, 'A') || search_vector(new.org_id, new.description, 'B')
    where task_id = new.id and source_id = new.id;
    return null;
  end
$$;
--> statement-breakpoint
create function search_new_comments() returns trigger
language plpgsql
as $$
  begin
    insert into search_text (org_id, board_id, task_id, source_id, words)
    select org_id, board_id, task_id, id, search_vector(org_id, text, 'C') from made where state = 'open';
    return null;
  end
$$;
--> statement-breakpoint
-- What is left of a deleted comment says nothing.
create function search_changed_comment() returns trigger
language plpgsql
as $$
  begin
    if new.state = 'open' then
      update search_text set words = search_vector(new.org_id, new.text, 'C')
      where task_id = new.task_id and source_id = new.id;
    else
      delete from search_text where task_id = new.task_id and source_id = new.id;
    end if;
    return null;
  end
$$;
--> statement-breakpoint
create function search_deleted_comments() returns trigger
language plpgsql
as $$
  begin
    delete from search_text x using gone g where x.task_id = g.task_id and x.source_id = g.id;
    return null;
  end
$$;
--> statement-breakpoint
create trigger search_new after insert on task
  referencing new table as made for each statement execute function search_new_tasks();
--> statement-breakpoint
create trigger search_changed after update of title, description on task
  for each row when (old.title is distinct from new.title or old.description is distinct from new.description)
  execute function search_changed_task();
--> statement-breakpoint
create trigger search_new after insert on comment
  referencing new table as made for each statement execute function search_new_comments();
--> statement-breakpoint
create trigger search_changed after update of text, state on comment
  for each row when (old.text is distinct from new.text or old.state is distinct from new.state)
  execute function search_changed_comment();
--> statement-breakpoint
create trigger search_deleted after delete on comment
  referencing old table as gone for each statement execute function search_deleted_comments();
--> statement-breakpoint
insert into search_text (org_id, board_id, task_id, source_id, title, words)
select org_id, board_id, id, id, search_fold(title),
  search_vector(org_id, title, 'A') || search_vector(org_id, description, 'B') from task;
--> statement-breakpoint
insert into search_text (org_id, board_id, task_id, source_id, words)
select org_id, board_id, task_id, id, search_vector(org_id, text, 'C') from comment where state = 'open';
