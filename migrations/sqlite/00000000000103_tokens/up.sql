-- What simplejwt's rows can't say of a refresh token: from which log-in it came (its family), what took its place, which
-- password its owner had. jti refers to nothing: a Django that deletes expired tokens deletes its own rows alone.

CREATE TABLE vestibule_token (
    jti varchar(255) NOT NULL PRIMARY KEY,
    family varchar(32) NOT NULL,
    user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    password_digest varchar(64) NOT NULL,
    started_at datetime NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    successor varchar(255) NULL,
    ended_at datetime NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL
);

CREATE INDEX vestibule_token_user_id_family ON vestibule_token (user_id, family);
CREATE INDEX vestibule_token_expires_at ON vestibule_token (expires_at);

INSERT INTO vestibule_task (name, due_at) VALUES ('flushexpiredtokens', '2000-01-01 00:00:00');
