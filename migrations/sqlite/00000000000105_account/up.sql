-- What people do with their own account.

-- Mail that waits to be sent. What a letter says is made when it is sent, so no link that opens anything stands here.
CREATE TABLE vestibule_outbox (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    letter text NOT NULL,
    created_at datetime NOT NULL,
    due_at datetime NOT NULL,
    attempts integer NOT NULL
);

CREATE INDEX vestibule_outbox_due_at ON vestibule_outbox (due_at);

-- An address of which its owner has not shown yet that it is theirs; of somebody who registers, the account waits for it.
CREATE TABLE vestibule_unconfirmed_email (
    user_id integer NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE,
    email varchar(254) NOT NULL,
    nonce varchar(32) NOT NULL,
    registering bool NOT NULL,
    expires_at datetime NOT NULL
);

CREATE INDEX vestibule_unconfirmed_email_expires_at ON vestibule_unconfirmed_email (expires_at);

-- How often something was asked for, under the digest of who asks for what.
CREATE TABLE vestibule_throttle (
    subject varchar(64) NOT NULL PRIMARY KEY,
    requests integer NOT NULL,
    ends_at datetime NOT NULL
);

CREATE INDEX vestibule_throttle_ends_at ON vestibule_throttle (ends_at);

-- Who was refused under which name, for whoever has that name or address.
CREATE INDEX vestibule_event_typed ON vestibule_event (lower(username), created_at) WHERE user_id IS NULL;

-- When the password was last given in a session.
ALTER TABLE vestibule_session ADD COLUMN password_at datetime NULL;

INSERT INTO vestibule_task (name, due_at) VALUES ('account', '2000-01-01 00:00:00');
