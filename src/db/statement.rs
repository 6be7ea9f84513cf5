//! Statements that are put together at run time, as the lists of the admin are: which columns, which conditions and in which
//! order is known only when somebody asks.
//!
//! What is pushed as text is a program's own, most of it `&'static str`; what came from outside is bound, without exception.

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    deserialize::{self, FromSql, QueryableByName},
    query_builder::BoxedSqlQuery,
    row::{Field, NamedRow},
    sql_types::{BigInt, Bool, HasSqlType, Text, Timestamp},
    sqlite::Sqlite,
};
use time::PrimitiveDateTime;

use super::Db;

/// A value that is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A moment, in UTC.
    Time(PrimitiveDateTime),
    /// Nothing.
    Null,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A part of a statement.
#[derive(Debug, Clone)]
enum Piece {
    /// The same on both databases.
    Sql(String),
    /// On SQLite, and on PostgreSQL.
    Either(String, String),
    /// The same where values differ too.
    Each(Statement, Statement),
    Bind(Value),
}

/// A statement, or a part of one.
#[derive(Debug, Clone, Default)]
pub struct Statement(Vec<Piece>);

/// A row, each value as the database writes it; `None` for NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(pub Vec<Option<String>>);

impl Statement {
    /// Begins with `sql`.
    pub fn new(sql: impl Into<String>) -> Self {
        Self(vec![Piece::Sql(sql.into())])
    }

    /// Goes on with `sql`.
    #[must_use]
    pub fn sql(mut self, sql: impl Into<String>) -> Self {
        self.0.push(Piece::Sql(sql.into()));
        self
    }

    /// Goes on with what each of the two databases calls it.
    #[must_use]
    pub fn either(mut self, sqlite: impl Into<String>, postgres: impl Into<String>) -> Self {
        self.0.push(Piece::Either(sqlite.into(), postgres.into()));
        self
    }

    /// Goes on with a statement for SQLite or another for PostgreSQL.
    #[must_use]
    pub fn each(mut self, sqlite: Self, postgres: Self) -> Self {
        self.0.push(Piece::Each(sqlite, postgres));
        self
    }

    /// Goes on with a value.
    #[must_use]
    pub fn bind(mut self, value: Value) -> Self {
        self.0.push(match value {
            Value::Null => Piece::Sql("NULL".to_owned()),
            value => Piece::Bind(value),
        });
        self
    }

    /// Goes on with values in brackets, as after `IN`.
    #[must_use]
    pub fn bind_all(self, values: impl IntoIterator<Item = Value>) -> Self {
        let mut statement = self.sql("(");
        for (place, value) in values.into_iter().enumerate() {
            statement = if place == 0 { statement } else { statement.sql(", ") }.bind(value);
        }
        statement.sql(")")
    }

    /// Goes on with another.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// That all of these hold; empty if there are none.
    #[must_use]
    pub fn all_of(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.fold(Self::default(), |all, part| if all.is_empty() { part } else { all.sql(" AND ").then(part) })
    }

    /// The same where SQLite is not to look for an index: it takes any for a good one.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self::default().either("+(", "(").then(self).sql(")")
    }

    /// How many values are bound.
    pub fn bound(&self) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Bind(_) => 1,
            Piece::Each(sqlite, postgres) => sqlite.bound().max(postgres.bound()),
            Piece::Sql(_) | Piece::Either(..) => 0,
        };
        self.0.iter().map(of).sum()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn render(&self, is_sqlite: bool) -> (String, Vec<&Value>) {
        let (mut sql, mut values) = (String::new(), Vec::new());
        self.render_into(is_sqlite, &mut sql, &mut values);
        (sql, values)
    }

    fn render_into<'a>(&'a self, is_sqlite: bool, sql: &mut String, values: &mut Vec<&'a Value>) {
        for piece in &self.0 {
            match piece {
                Piece::Sql(text) => sql.push_str(text),
                Piece::Either(sqlite, postgres) => sql.push_str(if is_sqlite { sqlite } else { postgres }),
                Piece::Each(sqlite, postgres) => {
                    (if is_sqlite { sqlite } else { postgres }).render_into(is_sqlite, sql, values);
                }
                Piece::Bind(value) => {
                    values.push(value);
                    sql.push('$');
                    sql.push_str(&values.len().to_string());
                }
            }
        }
    }

    /// The rows that it finds. Each selected value must be text: see [`text_of`].
    pub fn rows(&self, db: &mut Db) -> QueryResult<Vec<Vec<Option<String>>>> {
        let (sql, values) = self.render(db.is_sqlite());
        let rows: Vec<Texts> = match db {
            Db::Sqlite(connection) => bound::<Sqlite>(&sql, &values).load(connection),
            #[cfg(feature = "postgres")]
            Db::Postgres(connection) => bound::<diesel::pg::Pg>(&sql, &values).load(connection),
        }?;
        Ok(rows.into_iter().map(|Texts(values)| values).collect())
    }

    /// The only value of the first row.
    pub fn value(&self, db: &mut Db) -> QueryResult<Option<String>> {
        Ok(self.rows(db)?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    /// The number that it finds, as `count(*)`.
    pub fn number(&self, db: &mut Db) -> QueryResult<i64> {
        Ok(self.value(db)?.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    /// How many rows it changed.
    pub fn execute(&self, db: &mut Db) -> QueryResult<usize> {
        let (sql, values) = self.render(db.is_sqlite());
        match db {
            Db::Sqlite(connection) => bound::<Sqlite>(&sql, &values).execute(connection),
            #[cfg(feature = "postgres")]
            Db::Postgres(connection) => bound::<diesel::pg::Pg>(&sql, &values).execute(connection),
        }
    }
}

/// `expression` as text on both databases.
pub fn text_of(expression: &str) -> String {
    format!("CAST({expression} AS text)")
}

fn bound<'a, DB>(sql: &str, values: &[&'a Value]) -> BoxedSqlQuery<'a, DB, diesel::query_builder::SqlQuery>
where
    DB: Backend + HasSqlType<Bool> + HasSqlType<Timestamp> + 'a,
    str: diesel::serialize::ToSql<Text, DB>,
    i64: diesel::serialize::ToSql<BigInt, DB>,
    bool: diesel::serialize::ToSql<Bool, DB>,
    PrimitiveDateTime: diesel::serialize::ToSql<Timestamp, DB>,
{
    let query = diesel::sql_query(sql).into_boxed::<DB>();
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind::<Text, _>(text.as_str()),
        Value::Int(number) => query.bind::<BigInt, _>(*number),
        Value::Bool(truth) => query.bind::<Bool, _>(*truth),
        Value::Time(time) => query.bind::<Timestamp, _>(*time),
        // Written as `NULL` where it stands.
        Value::Null => query,
    })
}

impl QueryableByName<Sqlite> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        read(row)
    }
}

#[cfg(feature = "postgres")]
impl QueryableByName<diesel::pg::Pg> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, diesel::pg::Pg>) -> deserialize::Result<Self> {
        read(row)
    }
}

fn read<'a, DB: Backend>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Texts>
where
    String: FromSql<Text, DB>,
{
    let mut texts = Vec::with_capacity(row.field_count());
    for place in 0..row.field_count() {
        let value = diesel::row::Row::get(row, place)
            .ok_or("no such column")?
            .value()
            .map(<String as FromSql<Text, DB>>::from_sql);
        texts.push(value.transpose()?);
    }
    Ok(Texts(texts))
}
