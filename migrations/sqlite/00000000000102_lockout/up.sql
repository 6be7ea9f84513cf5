-- What axes' rows can't hold: their key holds the user agent. One row for each thing that is counted, raised before a
-- password is hashed. attempt_id is the row of axes' that stands for its last failure: who deletes it before
-- watched_until means to open what it locked, for so does axes. It is no foreign key: a Django that deletes many rows would
-- lock ours in any order.

CREATE TABLE vestibule_lockout (
    subject varchar(64) NOT NULL PRIMARY KEY,
    rule varchar(64) NOT NULL,
    username varchar(255) NOT NULL,
    address varchar(43) NOT NULL,
    user_agent varchar(255) NOT NULL,
    failures integer NOT NULL,
    pending integer NOT NULL,
    pending_before integer NOT NULL,
    epoch integer NOT NULL,
    expires_at datetime NOT NULL,
    locked_until datetime NOT NULL,
    locks integer NOT NULL,
    refused integer NOT NULL,
    attempt_id integer NULL,
    watched_until datetime NOT NULL
) WITHOUT ROWID;

CREATE INDEX vestibule_lockout_attempt_id ON vestibule_lockout (attempt_id);
CREATE INDEX vestibule_lockout_username ON vestibule_lockout (username);
CREATE INDEX vestibule_lockout_address ON vestibule_lockout (address);

-- How many of the failures in a row of axes' were counted here, and for which account. The rest are Django's.

CREATE TABLE vestibule_attempt (
    attempt_id integer NOT NULL PRIMARY KEY REFERENCES axes_accessattempt (id) ON DELETE CASCADE,
    account varchar(255) NOT NULL,
    failures integer NOT NULL
);

CREATE INDEX vestibule_attempt_account ON vestibule_attempt (account);

-- Browsers in which somebody has logged in, with the password that they have: its digest is that of the stored hash.

CREATE TABLE vestibule_device (
    digest varchar(64) NOT NULL,
    user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    password_digest varchar(64) NOT NULL,
    created_at datetime NOT NULL,
    last_seen_at datetime NOT NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL,
    PRIMARY KEY (digest, user_id)
) WITHOUT ROWID;

CREATE INDEX vestibule_device_user_id ON vestibule_device (user_id, last_seen_at);

INSERT INTO vestibule_task (name, due_at) VALUES ('lockout', '2000-01-01 00:00:00');
