-- What there is, who has it, and what it is for.

CREATE TABLE inventory_item (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    name varchar(100) NOT NULL,
    serial_number varchar(40) NOT NULL UNIQUE,
    price integer NOT NULL,
    bought_at datetime NULL,
    in_use bool NOT NULL,
    owner_id integer NULL REFERENCES auth_user (id) ON DELETE SET NULL
);
CREATE INDEX inventory_item_owner_id ON inventory_item (owner_id);

CREATE TABLE inventory_tag (
    id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    name varchar(40) NOT NULL UNIQUE
);

CREATE TABLE inventory_item_tags (
    item_id integer NOT NULL REFERENCES inventory_item (id) ON DELETE CASCADE,
    tag_id integer NOT NULL REFERENCES inventory_tag (id) ON DELETE CASCADE,
    PRIMARY KEY (item_id, tag_id)
);
CREATE INDEX inventory_item_tags_tag_id ON inventory_item_tags (tag_id);
