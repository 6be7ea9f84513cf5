//! `vestibule_post`: what people wrote through the API. It shows what a table of one's own needs: this file, and a line.

use super::{USER, VESTIBULE};
use crate::{
    admin::{
        ModelAdmin,
        filters::ListFilter,
        options::{Field, Fieldset, Index, Initial, Kind, Options},
    },
    posts::MAX_TITLE,
};

/// Posts.
pub struct PostAdmin;

impl ModelAdmin for PostAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("title", "Title", Kind::Text(MAX_TITLE), "t.title"),
            Field::new("body", "Body", Kind::LongText, "t.body"),
            Field::new("owner", "Owner", Kind::ForeignKey(USER), "t.owner_id"),
            Field::new("owner_name", "Owner’s name", Kind::Text(150), "u.username"),
            Field::new("created_at", "Created at", Kind::DateTime, "t.created_at")
                .indexed(Index::Values)
                .initial(Initial::OnAdd),
            Field::new("updated_at", "Updated at", Kind::DateTime, "t.updated_at").initial(Initial::OnSave),
        ];
        Options {
            repr: "title",
            about: "What people wrote. Whoever owns a post may change it through the API.",
            joins: "LEFT JOIN auth_user u ON u.id = t.owner_id",
            list_display: vec!["title", "owner", "created_at", "updated_at"],
            list_filter: vec![ListFilter::Field("created_at")],
            search_fields: vec!["title", "body", "owner_name"],
            ordering: vec!["-created_at"],
            date_hierarchy: Some("created_at"),
            export: vec!["body"],
            fieldsets: vec![
                Fieldset::new("", ["title", "body", "owner"]),
                Fieldset::new("Times", ["created_at", "updated_at"]),
            ],
            ..Options::new(VESTIBULE, "post", ("post", "posts"), "vestibule_post", fields)
        }
    }
}
