//! Introductions, greetings, and leaving an empty room.

use std::time::Duration;

use matrix_sdk::ruma::UserId;
use matrix_sdk::{Client, Room};
use tokio::sync::mpsc::Sender;

use crate::chat::phrases;
use crate::config::Welcome;
use crate::matrix::{News, rooms};
use crate::render::Block;

use super::wording::remark;
use super::{Bot, Plan, millis, now};

impl Bot {
    /// Introduces the bot in a room, once.
    pub(super) fn introduce(&mut self, room: &Room, plan: &mut Plan) -> anyhow::Result<()> {
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        // A room of its own making is for a greeting, which says as much.
        let own = room.creators().is_some_and(|creators| creators.iter().any(|creator| creator == room.own_user_id()));
        if own || room.is_space() || settings.introduce == Some(false) || !self.journal.introduce(room.room_id().as_str())? {
            return Ok(());
        }
        let blocks = phrases::introduction(self.chat.me(), rooms::is_direct(room), &self.config.matrix.command_prefix);
        let key = format!("introduction.{}", room.room_id().as_str().trim_start_matches('!'));
        plan.deliveries.push(remark(room, &key, &blocks));
        Ok(())
    }

    /// Greets a newcomer once ever, where the room wishes it.
    pub(super) fn welcome(
        &mut self,
        room: &Room,
        user: &str,
        name: Option<&str>,
        at: i64,
        plan: &mut Plan,
    ) -> anyhow::Result<()> {
        let settings = rooms::settings(room, &self.config.matrix, &self.aliases);
        let welcome = settings.welcome.unwrap_or_default();
        let fresh = at >= now() - millis(FRESH_JOIN);
        if welcome == Welcome::Off || !self.chat.listens_to(user) || !fresh || self.journal.greeted(user)? {
            return Ok(());
        }
        if !self.journal.may_welcome(room.room_id().as_str(), now(), settings.cooldown())? {
            return Ok(());
        }
        self.journal.greet(user)?;
        let pointers: Vec<_> = self.engine.pointers().iter().take(WELCOME_POINTERS).cloned().collect();
        let direct = welcome == Welcome::Direct;
        let newcomer = name.unwrap_or(user).to_owned();
        let blocks = phrases::welcome(&newcomer, direct, &self.config.matrix.command_prefix, &pointers);
        let key = format!("welcome.{user}");
        if direct {
            let (client, user, tell) = (self.client.clone(), user.to_owned(), self.tell.clone());
            tokio::spawn(async move { welcome_directly(&client, &user, &key, &blocks, &tell).await });
        } else {
            plan.deliveries.push(remark(room, &key, &blocks));
        }
        Ok(())
    }
}

/// A join longer ago is not greeted any more.
const FRESH_JOIN: Duration = Duration::from_secs(600);
/// Pointers in a greeting.
const WELCOME_POINTERS: usize = 3;

/// Leaves a room that everyone else has left.
pub(super) async fn leave_if_alone(room: Room) {
    if rooms::is_alone(&room).await {
        tracing::info!(room = %room.room_id(), "everyone else has left: leaving too");
        rooms::leave(&room).await;
    }
}

/// Greets a newcomer in a direct message, in a room that is there or a new one.
async fn welcome_directly(client: &Client, user: &str, key: &str, blocks: &[Block], tell: &Sender<News>) {
    let Ok(user) = UserId::parse(user) else { return };
    let room = match client.get_dm_room(&user) {
        Some(room) => room,
        None => match client.create_dm(&user).await {
            Ok(room) => room,
            Err(error) => {
                tracing::warn!(%user, %error, "a newcomer could not be greeted");
                return;
            }
        },
    };
    let _ = tell.send(News::Send(Box::new(remark(&room, key, blocks)))).await;
}
