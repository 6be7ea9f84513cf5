-- Tables of our own. Every reference to Django's tables cascades or is set NULL, so that Django can still delete.

CREATE TABLE vestibule_installation (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    created_at datetime NOT NULL,
    adopted bool NOT NULL
);

CREATE TABLE vestibule_setup_link (
    digest varchar(64) NOT NULL PRIMARY KEY,
    expires_at datetime NOT NULL
);

CREATE TABLE vestibule_session (
    session_key varchar(40) NOT NULL PRIMARY KEY REFERENCES django_session (session_key) ON DELETE CASCADE,
    public_id varchar(32) NOT NULL UNIQUE,
    user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    created_at datetime NOT NULL,
    last_seen_at datetime NOT NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL
);

CREATE INDEX vestibule_session_user_id ON vestibule_session (user_id);

CREATE TABLE vestibule_event (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    created_at datetime NOT NULL,
    kind varchar(32) NOT NULL,
    user_id integer NULL REFERENCES auth_user (id) ON DELETE SET NULL,
    username varchar(255) NOT NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL,
    path varchar(255) NOT NULL,
    detail varchar(255) NOT NULL
);

CREATE INDEX vestibule_event_user_id_created_at ON vestibule_event (user_id, created_at);
CREATE INDEX vestibule_event_created_at ON vestibule_event (created_at);
