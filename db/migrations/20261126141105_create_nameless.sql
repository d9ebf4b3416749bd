-- The data of an event with another name for one person, wherever it says what they are called.
create function nameless(data jsonb, user_id text, name text) returns jsonb
language sql immutable parallel safe
as $$
  select case
    when data->>'userId' = user_id and data ? 'name' then data || jsonb_build_object('name', name)
    else data
  end
  || case
    when data->'member'->>'userId' = user_id
      then jsonb_build_object('member', data->'member' || jsonb_build_object('name', name))
    else '{}'
  end
  || case
    when jsonb_typeof(data->'members') = 'array' then jsonb_build_object('members', (
      select coalesce(jsonb_agg(
        case when m.value->>'userId' = user_id then m.value || jsonb_build_object('name', name) else m.value end
        order by m.ordinality), '[]')
      from jsonb_array_elements(data->'members') with ordinality m))
    else '{}'
  end
$$;
