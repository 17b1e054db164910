//! Events in: what the SDK tells, as the bot has it.

use std::collections::HashMap;

use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;

use crate::bot::{Batch, EventKind, Happening};
use crate::chat::Place;
use crate::ids::{EventId, UserId};
use crate::matrix::{events, rooms};

use super::Runner;

impl Runner {
    /// Events of a room, in order, with what the room is to those who say something in it.
    pub(super) async fn batch(&self, room: &Room, events: &[TimelineEvent]) -> anyhow::Result<Batch> {
        let (id, me) = (room.room_id().into(), UserId::from(room.own_user_id()));
        let mut read: Vec<Happening> = events.iter().filter_map(|event| events::read(&id, event)).collect();
        for Happening { sender, kind, .. } in &mut read {
            if let EventKind::Tombstone { allowed, .. } = kind {
                *allowed = rooms::may_replace(room, sender).await;
            }
        }
        let mut batch = Batch::new(self.directory.described(room), &me, read);
        let mut by_sender: HashMap<UserId, Place> = HashMap::new();
        let mut places = HashMap::new();
        for happening in batch.happenings.iter().filter(|happening| happening.sender != me && happening.message().is_some()) {
            let sender = &happening.sender;
            let mut place = match by_sender.get(sender) {
                Some(place) => place.clone(),
                None => self.directory.place(room, sender).await,
            };
            by_sender.entry(sender.clone()).or_insert_with(|| place.clone());
            if !place.direct && self.bot.asks_who_is_there(happening, &batch)? {
                place.others = rooms::others(room, sender).await;
            }
            if place.keeping.is_on() {
                place.people = rooms::people(room, happening).await;
            }
            places.insert(happening.event.clone(), place);
        }
        batch.places = places;
        Ok(batch)
    }

    /// One event that was fetched again, with its last edit, which the homeserver bundles with it.
    pub(super) async fn fetched(&self, room: &Room, event: &EventId, found: &TimelineEvent) -> anyhow::Result<Batch> {
        let mut batch = self.batch(room, std::slice::from_ref(found)).await?;
        if let Some(edit) = events::bundled_edit(&room.room_id().into(), found) {
            batch.edit(event, &edit.sender.clone(), edit);
        }
        Ok(batch)
    }
}
