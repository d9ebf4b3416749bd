-- Tasks that were completed before this was kept: they were changed last then, as far as one can tell.
update task t set completed_at = t.updated_at from board_column c where c.id = t.column_id and c.state_group = 'completed';
