//! Comings and goings: invites, introductions, greetings.

use std::time::Duration;

use crate::chat::phrases;
use crate::chat::{Pattern, Welcome};
use crate::ids::{RoomId, UserId};

use super::{Act, Bot, Delivery, Moment, Plan, Result, Room, millis};

/// A join longer ago is not greeted any more.
const FRESH_JOIN: Duration = Duration::from_secs(600);
/// Pointers in a greeting.
const WELCOME_POINTERS: usize = 3;

impl Bot {
    /// Somebody invites the bot into a room: those who may are followed.
    pub fn invited(&self, room: &RoomId, inviter: &UserId) -> Act {
        let may = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(inviter));
        if may(&self.rules.invite_from) || may(&self.rules.manners.admins) {
            tracing::info!(room = room.as_str(), inviter = inviter.as_str(), "invite accepted");
            Act::Join { room: room.clone(), via: None }
        } else {
            tracing::warn!(
                room = room.as_str(),
                inviter = inviter.as_str(),
                "invite rejected: the sender is neither in matrix.invite_from nor in matrix.admins"
            );
            Act::Leave(room.clone())
        }
    }

    /// Plans to follow a room to the one that replaces it, if who says so may.
    pub(super) fn replaced(
        &mut self,
        room: &Room,
        replacement: &RoomId,
        sender: &UserId,
        allowed: bool,
        plan: &mut Plan,
    ) -> Result<()> {
        // It is the same community: no introduction again.
        self.journal.introduce(replacement)?;
        if allowed {
            tracing::info!(room = %room.id, %replacement, "the room was upgraded: following");
            plan.acts.push(Act::Join { room: replacement.clone(), via: Some(sender.clone()) });
        } else {
            tracing::warn!(room = %room.id, %sender, "an upgrade by someone who may not make one is not followed");
        }
        Ok(())
    }

    /// The homeserver says how many are in a room or invited: a room that everyone else has left is left.
    pub fn counted(&self, room: &RoomId, members: usize) -> Vec<Act> {
        if members != 1 {
            return Vec::new();
        }
        tracing::info!(%room, "everyone else has left: leaving too");
        vec![Act::Leave(room.clone())]
    }

    /// Plans to introduce the bot in a room, once.
    pub(super) fn introduce(&mut self, room: &Room, plan: &mut Plan) -> Result<()> {
        // A room of its own making is for a greeting, which says as much.
        let unwished = room.own || room.space || room.settings.introduce == Some(false);
        if unwished || !self.journal.introduce(&room.id)? {
            return Ok(());
        }
        let blocks = phrases::introduction(self.me(), room.direct, &self.rules.manners.prefix, room.keeping);
        let cause = format!("introduction.{}", room.id.as_str().trim_start_matches('!'));
        plan.deliveries.push(Delivery::remark(&room.id, cause, blocks));
        Ok(())
    }

    /// Plans to greet a newcomer once ever, where the room wishes it.
    pub(super) fn welcome(
        &mut self,
        room: &Room,
        user: &UserId,
        name: Option<&str>,
        at: i64,
        plan: &mut Plan,
        moment: &Moment<'_>,
    ) -> Result<()> {
        let welcome = room.settings.welcome.unwrap_or_default();
        let fresh = at >= moment.now - millis(FRESH_JOIN);
        if welcome == Welcome::Off || !self.chat.listens_to(user) || !fresh || self.journal.greeted(user)? {
            return Ok(());
        }
        if !self.journal.may_welcome(&room.id, moment.now, room.settings.cooldown())? {
            return Ok(());
        }
        self.journal.greet(user)?;
        let pointers: Vec<_> = moment.pointers.iter().take(WELCOME_POINTERS).cloned().collect();
        let direct = welcome == Welcome::Direct;
        let blocks = phrases::welcome(name.unwrap_or(user.as_str()), direct, &self.rules.manners.prefix, &pointers);
        let cause = format!("welcome.{user}");
        if direct {
            plan.acts.push(Act::TellDirectly { user: user.clone(), cause, blocks });
        } else {
            plan.deliveries.push(Delivery::remark(&room.id, cause, blocks));
        }
        Ok(())
    }
}

/// Plans to ask who is left in a room, unless somebody is known to be.
pub(super) fn look_who_is_left(room: &Room, plan: &mut Plan) {
    // That count may be too low, so nothing is left because of it alone.
    if room.members <= 1 {
        plan.acts.push(Act::CountMembers(room.id.clone()));
    }
}
