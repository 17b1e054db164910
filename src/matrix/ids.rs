//! Ids as the bot has them and as ruma does: read nowhere else.

use matrix_sdk::ruma::{self, IdParseError, OwnedEventId, OwnedRoomId, OwnedUserId};

use crate::ids::{EventId, RoomId, UserId};

impl From<&ruma::RoomId> for RoomId {
    fn from(id: &ruma::RoomId) -> Self {
        id.as_str().into()
    }
}

impl From<OwnedRoomId> for RoomId {
    fn from(id: OwnedRoomId) -> Self {
        id.as_str().into()
    }
}

impl From<OwnedEventId> for EventId {
    fn from(id: OwnedEventId) -> Self {
        id.as_str().into()
    }
}

impl From<&ruma::UserId> for UserId {
    fn from(id: &ruma::UserId) -> Self {
        id.as_str().into()
    }
}

impl From<OwnedUserId> for UserId {
    fn from(id: OwnedUserId) -> Self {
        id.as_str().into()
    }
}

/// A room's id for the homeserver.
pub(super) fn room(id: &RoomId) -> Result<OwnedRoomId, IdParseError> {
    ruma::RoomId::parse(id.as_str())
}

/// An event's id for the homeserver.
pub(super) fn event(id: &EventId) -> Result<OwnedEventId, IdParseError> {
    ruma::EventId::parse(id.as_str())
}

/// A user's id for the homeserver.
pub(super) fn user(id: &UserId) -> Result<OwnedUserId, IdParseError> {
    ruma::UserId::parse(id.as_str())
}
