-- What people wrote. An id is not given twice: who kept a link to a deleted post does not find another one there.

CREATE TABLE vestibule_post (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    title varchar(200) NOT NULL,
    body text NOT NULL,
    owner_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
    created_at datetime NOT NULL,
    updated_at datetime NOT NULL
);

CREATE INDEX vestibule_post_owner_id ON vestibule_post (owner_id, id);

-- What auth_user has no column for. Who has no row is a 'user'.

CREATE TABLE vestibule_profile (
    user_id integer NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE,
    role varchar(50) NOT NULL DEFAULT 'user'
);
