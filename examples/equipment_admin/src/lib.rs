//! Tables of one's own in Vestibule's admin: what there is, who has it, and what it is for.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use vestibule::{
    admin::{
        ModelAdmin,
        filters::ListFilter,
        options::{Field, Fieldset, Initial, Kind, Options, Through, To},
    },
    db::Migrations,
};

static SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
static POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Makes the tables.
pub const MIGRATIONS: Migrations = Migrations::new(&SQLITE, &POSTGRES);

const INVENTORY: (&str, &str) = ("inventory", "Inventory");
const USER: To = To {
    model: ("auth", "user"),
    table: "auth_user",
    repr: "r.username",
    from: "FROM auth_user r",
    order: "r.username",
};
const TAG: To = To {
    model: ("inventory", "tag"),
    table: "inventory_tag",
    repr: "r.name",
    from: "FROM inventory_tag r",
    order: "r.name",
};
const TAGS: Through = Through { table: "inventory_item_tags", own: "item_id", other: "tag_id", to: TAG };

/// What there is.
pub struct ItemAdmin;

impl ModelAdmin for ItemAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("name", "Name", Kind::Text(100), "t.name"),
            Field::new("serial_number", "Serial number", Kind::Text(40), "t.serial_number").unique(),
            Field::new("price", "Price", Kind::Integer, "t.price").help("In whole euros."),
            Field::new("bought_at", "Bought at", Kind::DateTime, "t.bought_at").blank(),
            Field::new("in_use", "In use", Kind::Boolean, "t.in_use").initial(Initial::True),
            Field::new("owner", "Owner", Kind::ForeignKey(USER), "t.owner_id").blank(),
            Field::new("tags", "Tags", Kind::ManyToMany(TAGS), "").blank(),
        ];
        Options {
            repr: "name",
            about: "What we bought, and who has it.",
            list_display: vec!["name", "serial_number", "price", "in_use", "owner", "bought_at"],
            list_filter: ["in_use", "tags", "bought_at"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["name", "serial_number"],
            ordering: vec!["name"],
            date_hierarchy: Some("bought_at"),
            fieldsets: vec![
                Fieldset::new("", ["name", "serial_number", "price", "bought_at"]),
                Fieldset::new("Use", ["in_use", "owner", "tags"]),
            ],
            ..Options::new(INVENTORY, "item", ("item", "items"), "inventory_item", fields)
        }
    }
}

/// What it is for.
pub struct TagAdmin;

impl ModelAdmin for TagAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("name", "Name", Kind::Text(40), "t.name").unique(),
        ];
        Options {
            repr: "name",
            list_display: vec!["name"],
            search_fields: vec!["name"],
            ordering: vec!["name"],
            fieldsets: vec![Fieldset::new("", ["name"])],
            ..Options::new(INVENTORY, "tag", ("tag", "tags"), "inventory_tag", fields)
        }
    }
}
