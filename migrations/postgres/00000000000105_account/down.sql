DELETE FROM vestibule_task WHERE name = 'account';
DROP INDEX vestibule_event_typed;
ALTER TABLE vestibule_session DROP COLUMN password_at;
DROP TABLE vestibule_throttle;
DROP TABLE vestibule_unconfirmed_email;
DROP TABLE vestibule_outbox;
