-- Which of these ids somebody has given to something already, in whatever organisation.
create or replace function taken_ids(of_kind text, ids uuid[]) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    if cardinality(ids) = 0 then return; end if;
    case of_kind
      when 'task' then return query select t.id from task t where t.id = any((select ids)::uuid[]);
      when 'column' then return query select c.id from board_column c where c.id = any((select ids)::uuid[]);
      when 'label' then return query select l.id from label l where l.id = any((select ids)::uuid[]);
      when 'checklist' then return query select c.id from checklist c where c.id = any((select ids)::uuid[]);
      when 'check-item' then return query select i.id from check_item i where i.id = any((select ids)::uuid[]);
      when 'board' then return query select s.id from stream s where s.id = any((select ids)::uuid[])
        union select b.id from board b where b.id = any((select ids)::uuid[]);
      when 'project' then return query select p.id from project p where p.id = any((select ids)::uuid[]);
    end case;
  end
$$;
