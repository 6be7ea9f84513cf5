-- What is done now and then, by one of several instances: whoever moves due_at does it.

CREATE TABLE vestibule_task (
    name varchar(32) NOT NULL PRIMARY KEY,
    due_at timestamp with time zone NOT NULL
);

INSERT INTO vestibule_task (name, due_at) VALUES ('clearsessions', '2000-01-01 00:00:00+00');
