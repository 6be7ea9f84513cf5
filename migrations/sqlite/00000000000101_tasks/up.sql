-- What is done now and then, by one of several instances: whoever moves due_at does it.

CREATE TABLE vestibule_task (
    name varchar(32) NOT NULL PRIMARY KEY,
    due_at datetime NOT NULL
);

INSERT INTO vestibule_task (name, due_at) VALUES ('clearsessions', '2000-01-01 00:00:00');

-- The row of a session is looked up at every request: with its key as the place where it lies, in one step.

CREATE TABLE vestibule_session_by_key (
    session_key varchar(40) NOT NULL PRIMARY KEY REFERENCES django_session (session_key) ON DELETE CASCADE,
    public_id varchar(32) NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    created_at datetime NOT NULL,
    last_seen_at datetime NOT NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL
) WITHOUT ROWID;

INSERT INTO vestibule_session_by_key
SELECT session_key, public_id, user_id, created_at, last_seen_at, ip_address, user_agent FROM vestibule_session;

DROP TABLE vestibule_session;

ALTER TABLE vestibule_session_by_key RENAME TO vestibule_session;

CREATE INDEX vestibule_session_user_id ON vestibule_session (user_id);
