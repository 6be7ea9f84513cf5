//! Made-up people, very many of them, to see how a site fares with them. Nobody can log in as one: their passwords are unusable.

use time::PrimitiveDateTime;

use crate::{
    crypto::{ALPHANUMERIC, random_string},
    db::{
        Db, DbError,
        statement::{Statement, Value},
    },
};

/// How many are made in one transaction.
pub const BATCH: u64 = 5_000;
/// How many are made by one statement.
const AT_ONCE: u64 = 500;

/// How they are made.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many.
    pub count: u64,
    /// How many of them may enter the admin; they are spread over all.
    pub staff: u64,
    /// Of how many one is not active; 0 for none.
    pub inactive_every: u64,
}

/// How large a group is: one of so many is in it. There are as many groups as are asked for, the largest first.
const IN_GROUP: [u64; 5] = [3, 40, 500, 2_000, 50_000];

const FIRST: &str = "Aaron Abigail Ada Adam Ahmed Aisha Alan Albert Alejandro Alex Alice Alma Amanda Amir Amy Ana Andrea Andrei \
    Andrew Anna Anne Anthony Antonio Aoife Arthur Astrid Barbara Beatriz Ben Bianca Björn Boris Brian Bruno Camille Carl Carla \
    Carlos Carmen Caroline Catherine Cecilia Chiara Chloé Chris Clara Claude Conor Cyril Dana Daniel David Deborah Denise Diana \
    Diego Dmitri Donna Dorothy Edith Eduardo Elena Elias Eliza Elsa Emil Emily Emma Eric Erika Esther Eva Fatima Felix Fiona \
    Frank Gabriel George Gerda Gita Grace Greta Hana Hannah Hans Harold Hassan Heidi Helen Henry Hugo Ida Igor Inés Ingrid Ines \
    Irene Isaac Isabel Ivan Jack Jacob James Jan Jana Jane Javier Jean Jesper Joan Johan John Jonas José Joseph Julia Jürgen \
    Karen Karin Karl Kate Kemal Kenji Kim Klara Lars Laura Lea Leila Leo Lin Linda Lisa Louis Lucas Lucía Luis Magda Marc Maria \
    Marta Martin Mary Mateo Matthew Max Maya Mei Mia Michael Mika Milan Mona Nadia Naomi Natalia Nico Nina Noah Nora Olga Oliver \
    Omar Oscar Otto Pablo Paul Paula Pedro Peter Petra Philip Pia Rafael Raj Rachel René Rita Robert Rosa Ruth Samir Samuel Sara \
    Sean Sofia Søren Stefan Susan Sven Tamar Tanja Teresa Theo Thomas Tim Tomás Uma Ursula Vera Victor Viola Walter Wei Wendy \
    William Xavier Yara Yuki Yusuf Zoë";
const LAST: &str = "Abe Adams Ahmed Ali Allen Almeida Andersen Anderson Bailey Baker Bauer Becker Bell Bennett Berg Bianchi Blanc \
    Bond Bosch Brandt Braun Brooks Brown Bruno Byrne Campbell Cano Carlsson Carter Castro Chang Chen Clark Cohen Cole Collins Cook \
    Cooper Costa Cox Cruz Dahl Davies Davis Delgado Diaz Dubois Dumont Edwards Eriksson Evans Farrell Fernandes Ferrari Fischer \
    Fisher Flores Fontaine Foster Fox Frank Fuchs Garcia Girard Gomez Gonzalez Graf Graham Gray Green Gruber Haas Hall Hansen \
    Harris Hartmann Hayashi Hernandez Hill Hoffmann Holm Horvat Howard Huber Hughes Ibrahim Ito Ivanov Jackson Jansen Jensen \
    Jimenez Johansson Johnson Jones Jung Kaiser Kaya Keller Kelly Khan Kim King Klein Koch Kovac Kowalski Kraus Krüger Kumar \
    Lambert Lang Larsen Laurent Lee Lehmann Lewis Li Lindberg Lopez Lund Maier Marin Marino Marques Martin Martinez Mayer Meier \
    Mendes Meyer Miller Mitchell Molina Moore Morales Moreau Moreno Morgan Moretti Morris Müller Murphy Nagy Nakamura Nelson \
    Neumann Nguyen Nielsen Novak Nowak Nunes Olsen Ortega Ortiz Öztürk Parker Patel Pavlov Pereira Perez Petersen Peterson Petrov \
    Phillips Popescu Price Ramirez Ramos Reed Reyes Ricci Richter Rivera Roberts Robinson Rodriguez Rogers Romano Rossi Roth Roux \
    Ruiz Russo Ryan Saito Sanchez Santos Sato Schmidt Schneider Schulz Schwarz Scott Serrano Shah Silva Simon Singh Smirnov Smith \
    Sokolov Stewart Suzuki Svensson Takahashi Tanaka Taylor Thomas Thompson Torres Turner Vargas Vogel Wagner Walker Wang Ward \
    Watanabe Watson Weber Weiss White Williams Wilson Winkler Wolf Wood Wright Yamada Yilmaz Young Zhang Zimmermann";

/// How many users there are, at most one more than `limit`.
pub fn count_to(db: &mut Db, limit: i64) -> Result<i64, DbError> {
    let some = Statement::new("SELECT CAST(count(*) AS text) FROM (SELECT 1 FROM auth_user LIMIT ");
    Ok(some.bind(Value::Int(limit + 1)).sql(") u").number(db)?)
}

/// The number from which made-up people are counted: beyond all keys, so that no two have one name.
pub fn first_number(db: &mut Db) -> Result<u64, DbError> {
    let last = Statement::new("SELECT CAST(coalesce(max(id), 0) AS text) FROM auth_user").number(db)?;
    Ok(last.unsigned_abs() + 1)
}

/// Makes the groups; their keys.
pub fn make_groups(db: &mut Db, count: usize) -> Result<Vec<i64>, DbError> {
    let mut keys = Vec::new();
    for number in 1..=count.min(IN_GROUP.len()) {
        let name = Value::Text(format!("Seeded group {number}"));
        Statement::new("INSERT INTO auth_group (name) SELECT CAST(")
            .bind(name.clone())
            .sql(" AS varchar(150)) WHERE NOT EXISTS (SELECT 1 FROM auth_group WHERE name = ")
            .bind(name.clone())
            .sql(")")
            .execute(db)?;
        keys.push(Statement::new("SELECT CAST(id AS text) FROM auth_group WHERE name = ").bind(name).number(db)?);
    }
    Ok(keys)
}

/// Makes those from `start` to `end`, in one transaction; `first` is the number of the very first.
pub fn make(
    db: &mut Db,
    plan: Plan,
    first: u64,
    (start, end): (u64, u64),
    groups: &[i64],
    now: PrimitiveDateTime,
) -> Result<(), DbError> {
    db.write_unsynced(|db| {
        let mut from = start;
        while from < end {
            let until = end.min(from + AT_ONCE);
            insert(db, plan, first, (from, until), now)?;
            from = until;
        }
        let name = |number: u64| Value::Text(person(number).0);
        for (group, every) in groups.iter().zip(IN_GROUP) {
            let members: Vec<Value> =
                (start..end).filter(|number| mixed(*number, 3).is_multiple_of(every)).map(name).collect();
            if members.is_empty() {
                continue;
            }
            Statement::new("INSERT INTO auth_user_groups (user_id, group_id) SELECT id, CAST(")
                .bind(Value::Int(*group))
                .sql(" AS integer) FROM auth_user WHERE username IN ")
                .bind_all(members)
                .execute(db)?;
        }
        Ok(())
    })
}

fn insert(
    db: &mut Db,
    plan: Plan,
    first: u64,
    (from, until): (u64, u64),
    now: PrimitiveDateTime,
) -> Result<(), DbError> {
    let mut insert = Statement::new(
        "INSERT INTO auth_user (username, first_name, last_name, email, password, is_superuser, is_staff, is_active, \
         date_joined) VALUES ",
    );
    for number in from..until {
        let (username, first_name, last_name) = person(number);
        let email = Value::Text(format!("{username}@example.org"));
        let password = Value::Text(format!("!{}", random_string(40, ALPHANUMERIC)));
        let joined = now - time::Duration::minutes(i64::try_from(mixed(number, 4) % 2_000_000).unwrap_or_default());
        let place = number - first;
        let step = (plan.count / plan.staff.max(1)).max(1);
        let is_staff = place.is_multiple_of(step) && place / step < plan.staff;
        let is_active = plan.inactive_every == 0 || !mixed(number, 5).is_multiple_of(plan.inactive_every);
        let row = [Value::Text(username), first_name.into(), last_name.into(), email, password];
        insert = row
            .into_iter()
            .fold(insert.sql(if number == from { "(" } else { ", (" }), |row, value| row.bind(value).sql(", "));
        insert = insert.sql(format!("false, {is_staff}, {is_active}, ")).bind(Value::Time(joined)).sql(")");
    }
    insert.execute(db)?;
    Ok(())
}

/// Tells PostgreSQL how the rows are spread, which it otherwise finds out some minutes later.
pub fn analyze(db: &mut Db) -> Result<(), DbError> {
    if !db.is_sqlite() {
        Statement::new("ANALYZE auth_user, auth_user_groups").execute(db)?;
    }
    Ok(())
}

/// Username, first and last name of a number.
fn person(number: u64) -> (String, &'static str, &'static str) {
    let pick = |names: &'static str, salt| {
        let count = names.split_whitespace().count();
        let place = usize::try_from(mixed(number, salt)).unwrap_or_default() % count;
        names.split_whitespace().nth(place).unwrap_or_default()
    };
    let (first, last) = (pick(FIRST, 1), pick(LAST, 2));
    (format!("{first}.{last}{number}").to_lowercase(), first, last)
}

/// A number that looks like chance and is the same each time (`SplitMix64`).
fn mixed(number: u64, salt: u64) -> u64 {
    let mut mixed = number.wrapping_mul(8).wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) >> 1
}
