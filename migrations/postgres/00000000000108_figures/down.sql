DELETE FROM vestibule_task WHERE name = 'figures';
DROP INDEX vestibule_lockout_locked_until;
CREATE INDEX vestibule_event_created_at ON vestibule_event (created_at);
DROP INDEX vestibule_event_created_at_kind;
DROP TABLE vestibule_figure;
DROP TABLE vestibule_event_count;
