-- What a task has of a field of its project, by the kind of the field; null where it has nothing of that kind.
create function field_text(fields jsonb, field uuid) returns text
language sql immutable parallel safe as $$ select fields ->> field::text $$;
--> statement-breakpoint
create function field_number(fields jsonb, field uuid) returns numeric
language sql immutable parallel safe
as $$ select case when jsonb_typeof(fields -> field::text) = 'number' then (fields ->> field::text)::numeric end $$;
--> statement-breakpoint
create function field_day(fields jsonb, field uuid) returns date
language sql stable parallel safe
as $$ select case when fields ->> field::text ~ '^\d{4}-\d\d-\d\d$' then (fields ->> field::text)::date end $$;
--> statement-breakpoint
create function field_flag(fields jsonb, field uuid) returns boolean
language sql immutable parallel safe
as $$ select case when jsonb_typeof(fields -> field::text) = 'boolean' then (fields ->> field::text)::boolean end $$;
--> statement-breakpoint
-- Of a select, a multi-select or a person: the ids, of which there may be one.
create function field_words(fields jsonb, field uuid) returns text[]
language sql immutable parallel safe
as $$ select case jsonb_typeof(fields -> field::text)
    when 'array' then array(select jsonb_array_elements_text(fields -> field::text))
    when 'string' then array[fields ->> field::text] end $$;
