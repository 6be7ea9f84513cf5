//! All rows of a database, to see that nothing changed.

use std::collections::BTreeMap;

use super::TestDatabase;

/// The rows of each table.
pub type Snapshot = BTreeMap<String, String>;

impl TestDatabase {
    pub fn snapshot(&self) -> Snapshot {
        let tables = if self.url().starts_with("postgres") {
            "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
        } else {
            "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        };
        let tables = self.text(tables).expect("tables");
        tables.split(',').map(|table| (table.to_owned(), self.rows(table))).collect()
    }

    fn rows(&self, table: &str) -> String {
        let rows = if self.url().starts_with("postgres") {
            format!("SELECT string_agg(row, chr(10)) FROM (SELECT t::text AS row FROM {table} t ORDER BY 1) rows")
        } else {
            let columns =
                format!("SELECT group_concat('quote(' || name || ')', '||') FROM pragma_table_info('{table}')");
            let columns = self.text(&columns).expect("columns");
            format!("SELECT group_concat(row, char(10)) FROM (SELECT {columns} AS row FROM {table} ORDER BY 1)")
        };
        self.text(&rows).unwrap_or_default()
    }
}
