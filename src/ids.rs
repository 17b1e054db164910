//! Ids of rooms, events and users, told apart so that none is taken for another. What network they are of is not known here.

use serde::{Deserialize, Serialize};

/// Types of ids, with what all of them are good for.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, derive_more::Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[debug("{_0:?}")]
        pub struct $name(String);

        impl $name {
            /// The id as its network writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        /// Ids are found in a map by what they are written as.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        #[cfg(feature = "insight")]
        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        #[cfg(feature = "insight")]
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                String::column_result(value).map(Self)
            }
        }
    )+};
}

ids! {
    /// The id of a room.
    RoomId,
    /// The id of an event: a message, an edit, a reaction, or what else happens in a room.
    EventId,
    /// The id of a user.
    UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_and_shown_as_the_text_that_it_is() {
        let id = EventId::from("$1");
        assert_eq!((id.to_string().as_str(), format!("{id:?}").as_str(), id.as_str()), ("$1", "\"$1\"", "$1"));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!((json.as_str(), serde_json::from_str::<EventId>(&json).unwrap()), ("\"$1\"", id));
    }
}
