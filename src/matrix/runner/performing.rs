//! Acts out: what the bot does, by way of the SDK.

use matrix_sdk::{Client, Room};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use crate::bot::{Act, Delivery, Gap, Wanted};
use crate::chat::NoLink;
use crate::ids::{EventId, RoomId, UserId};
use crate::matrix::keeper::Job;
use crate::matrix::patience::surely;
use crate::matrix::reload::ReloadRequest;
use crate::matrix::{Report, ids, rooms, sync};
use crate::render::Block;

use super::Runner;

impl Runner {
    /// Does something, or begins it: what takes time goes on beside, and comes back as [`Report`].
    pub(super) fn perform(&mut self, act: Act) -> anyhow::Result<()> {
        match act {
            Act::Read(asked) => self.listener.hear(*asked, self.world())?,
            Act::Forget(message) => {
                self.listener.forget(&message)?;
                self.keeper.hand_over(Job::Forget(vec![message]))?;
            }
            Act::Keep { event, questions } => {
                self.keeper.hand_over(Job::Keep { event, questions, engine: self.posts.engine.clone() })?;
            }
            Act::ForgetKept(events) => self.keeper.hand_over(Job::Forget(events))?,
            Act::ForgetVotes(voter) => self.keeper.hand_over(Job::ForgetVotes(voter))?,
            Act::LeaveKept(room) => self.keeper.hand_over(Job::Leave(room))?,
            Act::TidyKept { now, keep } => self.keeper.hand_over(Job::Tidy { now, keep })?,
            Act::Vote { question, reaction, voter, vote } => {
                self.keeper.hand_over(Job::Vote { question, reaction, voter, vote })?;
            }
            Act::Digest { whom, rooms, period, now } => {
                self.keeper.hand_over(Job::Digest { whom, rooms, period, now, engine: self.posts.engine.clone() })?;
            }
            Act::Link(asked) => {
                let link = match &self.posts.page {
                    Some(page) => page.link(&asked.message.sender),
                    None => Err(NoLink::NoPage),
                };
                self.decide(|bot, moment| bot.linked(&asked, link, moment))?;
            }
            Act::Mark(to_mark) => self.keeper.hand_over(Job::Mark(to_mark))?,
            Act::Show(to_show) => self.keeper.hand_over(Job::Show(to_show, self.posts.engine.clone()))?,
            Act::Send(delivery) => self.send(*delivery),
            Act::Acknowledge { room, event } => {
                tracing::debug!(question = event.as_str(), room = room.as_str(), "answering");
                if let Some(room) = self.directory.get(&room) {
                    self.receipts.read(&room, &event);
                }
            }
            Act::Reload { order, by, command } => self.reloader.request(ReloadRequest { order, by, cause: Some(command) }),
            Act::ReadBack(gap) => self.fill(gap),
            Act::Fetch(wanted) => self.fetch(wanted),
            Act::LearnMembers(room) => self.beside(&room, learn_members),
            Act::CountMembers(room) => {
                let tell = self.tell.clone();
                self.beside(&room, |room| count_members(room, tell));
            }
            Act::Join { room, via } => {
                let client = self.client.clone();
                tokio::spawn(async move { rooms::join(&client, &room, via.as_ref()).await });
            }
            Act::Leave(room) => self.beside(&room, |room| async move { rooms::leave(&room).await }),
            Act::TellDirectly { user, cause, blocks } => {
                let (client, tell) = (self.client.clone(), self.tell.clone());
                tokio::spawn(async move { tell_directly(&client, &user, cause, blocks, &tell).await });
            }
        }
        Ok(())
    }

    /// Does something about a room that takes time.
    fn beside<F: Future<Output = ()> + Send + 'static>(&self, room: &RoomId, task: impl FnOnce(Room) -> F) {
        if let Some(room) = self.directory.get(room) {
            tokio::spawn(task(room));
        }
    }

    fn send(&self, delivery: Delivery) {
        let (courier, tell, room) = (self.courier.clone(), self.tell.clone(), self.directory.get(&delivery.room));
        let (page, begun) = (self.posts.page.clone(), Instant::now());
        tokio::spawn(async move {
            let event = match room {
                Some(room) => courier.deliver_for_sure(room, &delivery).await,
                None => None,
            };
            if let (Some(page), Some(_)) = (page, &event) {
                page.delivered(begun.elapsed());
            }
            let _ = tell.send(Report::Delivered(Box::new(delivery), event)).await;
        });
    }

    fn fill(&self, gap: Gap) {
        let Some(room) = self.directory.get(&gap.room) else { return };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let events = surely(|| {
                let (room, gap) = (room.clone(), gap.clone());
                async move { sync::read_back(&room, &gap).await }
            })
            .await;
            let _ = tell.send(Report::ReadBack(room, events)).await;
        });
    }

    fn fetch(&self, wanted: Vec<Wanted>) {
        let wanted: Vec<(Room, EventId)> =
            wanted.into_iter().filter_map(|wanted| Some((self.directory.get(&wanted.room)?, wanted.event))).collect();
        let tell = self.tell.clone();
        tokio::spawn(async move {
            for (room, event) in wanted {
                let found = surely(|| {
                    let (room, event) = (room.clone(), event.clone());
                    async move { sync::fetch(&room, &event).await }
                })
                .await;
                let _ = tell.send(Report::Fetched(room, event, found)).await;
            }
        });
    }
}

/// Asks who is in a room.
async fn learn_members(room: Room) {
    if let Err(error) = room.sync_members().await {
        tracing::debug!(room = %room.room_id(), %error, "the members of an encrypted room are not known yet");
    }
}

/// Counts who is in a room.
async fn count_members(room: Room, tell: Sender<Report>) {
    if let Some(members) = rooms::count_members(&room).await {
        let _ = tell.send(Report::Counted(room.room_id().into(), members)).await;
    }
}

/// Finds or makes the room of a direct message.
async fn tell_directly(client: &Client, user: &UserId, cause: String, blocks: Vec<Block>, tell: &Sender<Report>) {
    let Ok(user) = ids::user(user) else { return };
    // Into one of them somebody may have been invited since.
    let room = match client.get_dm_rooms(&user).find(rooms::is_direct) {
        Some(room) => room,
        None => match client.create_dm(&user).await {
            Ok(room) => room,
            Err(error) => {
                tracing::warn!(%user, %error, "nothing can be said to a user directly");
                return;
            }
        },
    };
    let _ = tell.send(Report::Met { room: room.room_id().into(), cause, blocks }).await;
}
