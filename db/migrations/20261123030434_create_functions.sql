-- The one place where a board role is computed. No role in the organisation: no role on its boards.
-- Otherwise the higher wins of the explicit share and what the organisation's role gives.
create function board_role(org_role text, visibility text, share text) returns text
language sql immutable parallel safe
as $$
  select case
    when org_role is null then null
    when share = 'manager' or org_role = 'owner' or (visibility = 'org' and org_role = 'admin') then 'manager'
    when share = 'editor' or (visibility = 'org' and org_role = 'member') then 'editor'
    else share
  end
$$;
--> statement-breakpoint
-- An instant as contracts show it: ISO 8601, UTC, milliseconds; the same text as JavaScript's Date.toISOString.
create function iso(at timestamptz) returns text
language sql immutable parallel safe
as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
