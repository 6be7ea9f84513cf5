-- What rests on which SECRET_KEY, as far as no other table says it, so that one can tell when an old key can be dropped.

-- When a site signed with which key. Of a key no more than its fingerprint stands here.
CREATE TABLE vestibule_secret_key (
    fingerprint varchar(16) NOT NULL PRIMARY KEY,
    first_seen_at datetime NOT NULL,
    last_seen_at datetime NOT NULL
);

-- Links that were signed and sent. The digest tells whether a link is still open, and opens nothing.
CREATE TABLE vestibule_signed_link (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind varchar(16) NOT NULL,
    user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    made_at datetime NOT NULL,
    key_fingerprint varchar(16) NOT NULL,
    stamp varchar(16) NOT NULL,
    digest varchar(64) NOT NULL
);

CREATE INDEX vestibule_signed_link_made_at ON vestibule_signed_link (made_at);
CREATE INDEX vestibule_signed_link_user_id ON vestibule_signed_link (user_id);
