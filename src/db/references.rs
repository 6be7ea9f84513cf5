//! Columns of other applications that point at a table of Django's. Django follows them in Python, by what its models say;
//! the database only knows that they are there.

use diesel::{QueryResult, prelude::*, sql_types::Text};

use super::{Db, statement::Statement};

/// Before the names of our own tables, whose rows go by themselves or forget whose they were.
const OURS: &str = "vestibule_";
/// Tables of the Django apps that are kept here.
const KEPT: [&str; 8] = [
    "auth_group_permissions",
    "auth_permission",
    "auth_user_groups",
    "auth_user_user_permissions",
    "axes_accessattemptexpiration",
    "django_admin_log",
    "token_blacklist_blacklistedtoken",
    "token_blacklist_outstandingtoken",
];

/// A column that points at a table.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Reference {
    /// Its table, as SQL writes it.
    #[diesel(sql_type = Text)]
    table: String,
    /// Its name, as SQL writes it.
    #[diesel(sql_type = Text)]
    column: String,
    /// What the database itself does when a row is deleted, in SQL's words.
    #[diesel(sql_type = Text)]
    pub on_delete: String,
}

impl Reference {
    /// Whether a row that points at another keeps that from being deleted.
    pub fn holds(&self) -> bool {
        !matches!(self.on_delete.as_str(), "CASCADE" | "SET NULL" | "SET DEFAULT")
    }

    /// The name of its table.
    pub fn table(&self) -> String {
        self.table.replace('"', "")
    }
}

/// As people write it.
impl std::fmt::Display for Reference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.table(), self.column.replace('"', ""))
    }
}

/// Those to `table` of tables that are neither ours nor of the Django apps that are kept here, in the order of their names.
pub fn references(db: &mut Db, table: &str) -> QueryResult<Vec<Reference>> {
    let mut found: Vec<Reference> = match db {
        Db::Sqlite(db) => diesel::sql_query(
            "SELECT '\"' || replace(m.name, '\"', '\"\"') || '\"' AS \"table\", \
             '\"' || replace(f.\"from\", '\"', '\"\"') || '\"' AS \"column\", f.on_delete AS on_delete \
             FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
             WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND lower(f.\"table\") = ?",
        )
        .bind::<Text, _>(table)
        .load(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => diesel::sql_query(
            "SELECT c.conrelid::regclass::text AS \"table\", quote_ident(a.attname) AS \"column\", \
             CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' \
             ELSE 'NO ACTION' END AS on_delete \
             FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) \
             WHERE c.contype = 'f' AND c.confrelid = to_regclass(quote_ident($1))",
        )
        .bind::<Text, _>(table)
        .load(db)?,
    };
    found.retain(|reference| {
        let table = reference.table();
        !table.starts_with(OURS) && !KEPT.contains(&table.as_str())
    });
    found.sort_by(|left, right| (&left.table, &left.column).cmp(&(&right.table, &right.column)));
    Ok(found)
}

/// Which of them keep rows of `table` from being deleted, and by how many rows. `keys` is a list or a query in parentheses.
pub fn holding(db: &mut Db, table: &str, keys: &Statement) -> QueryResult<Vec<(Reference, i64)>> {
    let mut holding = Vec::new();
    for reference in references(db, table)?.into_iter().filter(Reference::holds) {
        let Reference { table, column, .. } = &reference;
        let count = Statement::new(format!("SELECT CAST(count(*) AS text) FROM {table} WHERE {column} IN "));
        let count = count.then(keys.clone()).number(db)?;
        if count > 0 {
            holding.push((reference, count));
        }
    }
    Ok(holding)
}
