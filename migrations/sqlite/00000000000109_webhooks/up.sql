-- What waits for others than people: events that leave. Mail that waits already is mail.
ALTER TABLE vestibule_outbox ADD COLUMN destination varchar(32) NOT NULL DEFAULT 'mail';

DROP INDEX vestibule_outbox_due_at;

CREATE INDEX vestibule_outbox_destination_due_at ON vestibule_outbox (destination, due_at);

-- Who wants which events; the empty kind stands for all. Written when a site starts, from its settings, so that each event
-- is put into the outbox in its own transaction, whichever process records it.
CREATE TABLE vestibule_destination (
    name varchar(32) NOT NULL,
    kind varchar(64) NOT NULL,
    PRIMARY KEY (name, kind)
);
