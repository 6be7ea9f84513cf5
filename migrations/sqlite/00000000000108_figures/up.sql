-- What the front page of the admin shows, so that nobody who looks at it waits for a large table to be counted.

-- How many events of a kind there were in each quarter of an hour: the hours and days of every time zone are made of these.
CREATE TABLE vestibule_event_count (
    starts_at datetime NOT NULL,
    kind varchar(32) NOT NULL,
    events integer NOT NULL,
    PRIMARY KEY (starts_at, kind)
) WITHOUT ROWID;

-- What takes a look at every row. Of events there is no value: computed_at says until when they are counted.
CREATE TABLE vestibule_figure (
    name varchar(32) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    computed_at datetime NOT NULL
);

-- Events are counted without a look at their rows.
CREATE INDEX vestibule_event_created_at_kind ON vestibule_event (created_at, kind);
DROP INDEX vestibule_event_created_at;

-- Most rows were never locked.
CREATE INDEX vestibule_lockout_locked_until ON vestibule_lockout (locked_until) WHERE locks > 0;

INSERT INTO vestibule_task (name, due_at) VALUES ('figures', '2000-01-01 00:00:00');
