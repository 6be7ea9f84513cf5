//! What a token says, in the order in which it says it.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use crate::{auth::AuthError, db::Db, users::User};

/// As many claims as a token usually has, or fewer.
const USUAL: usize = 16;

/// Claims, in order. Values that others made are kept as they were written: Python writes numbers that Rust would round.
#[derive(Debug, Clone, Default)]
pub struct ClaimSet(Vec<(String, Box<RawValue>)>);

impl ClaimSet {
    /// No claims.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a claim, in its place if it is there already. A value that can't be written as JSON is left out.
    pub fn set(&mut self, name: &str, value: impl Serialize) {
        if let Ok(value) = serde_json::value::to_raw_value(&value) {
            self.put(name, value);
        }
    }

    /// Takes over all of `others`.
    pub fn merge(&mut self, others: Self) {
        others.0.into_iter().for_each(|(name, value)| self.put(&name, value));
    }

    fn put(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The claims that are not among `names`.
    pub(super) fn without<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = (String, Box<RawValue>)> + 'a {
        self.0.iter().filter(move |(name, _)| !names.contains(&name.as_str())).cloned()
    }

    /// Adds claims that are not there yet.
    pub(super) fn extend(&mut self, claims: impl Iterator<Item = (String, Box<RawValue>)>) {
        self.0.extend(claims);
    }

    /// Whether a claim stands there twice.
    fn has_twice(&self) -> bool {
        if self.0.len() > USUAL {
            let mut names = HashSet::new();
            return !self.0.iter().all(|(name, _)| names.insert(name));
        }
        self.0.iter().enumerate().any(|(at, (name, _))| self.0[..at].iter().any(|(other, _)| other == name))
    }

    /// Whether there is such a claim.
    pub fn contains(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The value of a claim as it was written.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }

    /// The value of a claim, if it has this type.
    pub fn get<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?).ok()
    }
}

impl Serialize for ClaimSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Refuses what says one thing twice: two readers might take two meanings from it.
impl<'de> Deserialize<'de> for ClaimSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Claims;

        impl<'de> Visitor<'de> for Claims {
            type Value = ClaimSet;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClaimSet, A::Error> {
                let mut claims = ClaimSet(Vec::with_capacity(USUAL));
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    claims.0.push((name, value));
                }
                if claims.has_twice() { Err(de::Error::custom("twice")) } else { Ok(claims) }
            }
        }

        deserializer.deserialize_map(Claims)
    }
}

/// Whoever gets a token.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who.
    pub user: User,
    /// Their role, of `vestibule_profile`.
    pub role: String,
}

/// What tokens say of their holder beside what makes them tokens. To be replaced by
/// [`Builder::claims`](crate::site::Builder::claims).
///
/// Asked whenever a token is made, at a refresh too: what a token says is as old as the token itself. No decision is ever
/// taken from it here; the row is looked up.
pub trait Claims: Send + Sync {
    /// The claims, in order.
    fn claims(&self, holder: &Holder, db: &mut Db) -> Result<ClaimSet, AuthError>;
}

/// `email`, `username`, `is_staff` and `role`.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultClaims;

impl Claims for DefaultClaims {
    fn claims(&self, holder: &Holder, _: &mut Db) -> Result<ClaimSet, AuthError> {
        let Holder { user, role } = holder;
        Ok(ClaimSet::new()
            .with("email", &user.email)
            .with("username", &user.username)
            .with("is_staff", user.is_staff)
            .with("role", role))
    }
}

#[cfg(test)]
mod tests {
    use super::ClaimSet;

    #[test]
    fn claims_keep_their_order_and_the_form_in_which_others_wrote_them() {
        let text = r#"{"z":1e30,"a":{"y":1.10,"b":[1000000000000000000000000000000]},"m":null}"#;
        let claims: ClaimSet = serde_json::from_str(text).expect("claims");
        assert_eq!(serde_json::to_string(&claims).expect("text"), text);
    }

    #[test]
    fn nothing_is_said_twice() {
        for bad in [r#"{"exp":1,"exp":2}"#, r#"{"exp":1,"\u0065xp":2}"#, "[]", "1", "{"] {
            assert!(serde_json::from_str::<ClaimSet>(bad).is_err(), "{bad}");
        }
    }
}
