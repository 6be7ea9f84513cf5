DROP TABLE vestibule_destination;

DELETE FROM vestibule_outbox WHERE destination <> 'mail';

DROP INDEX vestibule_outbox_destination_due_at;

ALTER TABLE vestibule_outbox DROP COLUMN destination;

CREATE INDEX vestibule_outbox_due_at ON vestibule_outbox (due_at);
