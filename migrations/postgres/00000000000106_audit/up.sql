-- Who changed what, each entry chained to the one before it. It points at no other table, so that nothing takes it along.

CREATE TABLE vestibule_audit (
    id bigint NOT NULL PRIMARY KEY,
    created_at timestamp with time zone NOT NULL,
    action varchar(32) NOT NULL,
    model varchar(201) NOT NULL,
    object_id text NOT NULL,
    actor_id integer NULL,
    subject_id integer NULL,
    -- Who did it. Without the salt it was erased.
    actor varchar(255) NOT NULL,
    ip_address varchar(39) NULL,
    user_agent varchar(255) NOT NULL,
    actor_salt varchar(32) NULL,
    actor_digest varchar(64) NOT NULL,
    -- What was done. Without the salt it was erased.
    object_repr varchar(255) NOT NULL,
    changes text NOT NULL,
    subject_salt varchar(32) NULL,
    subject_digest varchar(64) NOT NULL,
    detail text NOT NULL,
    key_id varchar(16) NOT NULL,
    hash varchar(64) NOT NULL
);

CREATE INDEX vestibule_audit_created_at ON vestibule_audit (created_at);
CREATE INDEX vestibule_audit_actor_id ON vestibule_audit (actor_id, id);
CREATE INDEX vestibule_audit_subject_id ON vestibule_audit (subject_id, id);
CREATE INDEX vestibule_audit_object ON vestibule_audit (model, object_id, id);

-- One row: where the chain ends. Whoever appends holds it.
CREATE TABLE vestibule_audit_head (
    id integer NOT NULL PRIMARY KEY,
    number bigint NOT NULL,
    hash varchar(64) NOT NULL,
    seal varchar(64) NOT NULL
);

INSERT INTO vestibule_audit_head (id, number, hash, seal) VALUES (1, 0, '', '');
