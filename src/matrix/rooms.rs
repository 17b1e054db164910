//! Rooms: what they are like, who is in them and what they may do, joining and leaving.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use matrix_sdk::ruma::api::client::membership::{forget_room, leave_room};
use matrix_sdk::ruma::events::StateEventType;
use matrix_sdk::ruma::events::room::power_levels::UserPowerLevel;
use matrix_sdk::ruma::events::tag::TagName;
use matrix_sdk::ruma::room::JoinRule;
use matrix_sdk::ruma::{self, OwnedRoomId, RoomAliasId, RoomOrAliasId};
use matrix_sdk::{Client, Room, RoomMemberships, RoomState};

use crate::bot;
use crate::chat::{AnswerTo, Place, RoomSettings};
use crate::config::{Config, Openness};
use crate::ids::{RoomId, UserId};

use super::ids;
use super::patience::{Pauses, Refusal, verdict};

/// The aliases of the config and the rooms that they lead to.
pub(super) type Aliases = HashMap<OwnedRoomId, Vec<String>>;

/// Asks the homeserver where the config's aliases lead, for as long as it can't be reached: rooms are read with their settings or
/// not at all. An alias that leads nowhere is logged.
pub(super) async fn resolve_aliases(client: &Client, config: &Config) -> Aliases {
    let mut aliases = Aliases::new();
    for name in named(config) {
        let mut pauses = Pauses::default();
        let found = loop {
            match resolve(client, name).await {
                Err(refusal @ (Refusal::TooFast(_) | Refusal::Unreachable)) => tokio::time::sleep(pauses.after(refusal)).await,
                other => break other.ok(),
            }
        };
        match found {
            Some(room) => aliases.entry(room).or_default().push(name.clone()),
            None => tracing::warn!(alias = name, "the config names an alias that leads nowhere, yet"),
        }
    }
    aliases
}

/// The aliases that the config names.
fn named(config: &Config) -> BTreeSet<&String> {
    config.matrix.rooms.keys().chain(&config.insight.to).filter(|name| name.starts_with('#')).collect()
}

async fn resolve(client: &Client, alias: &str) -> Result<OwnedRoomId, Refusal> {
    let alias = RoomAliasId::parse(alias).map_err(|_| Refusal::ForGood)?;
    match client.resolve_room_alias(&alias).await {
        Ok(found) => Ok(found.room_id),
        Err(error) => Err(verdict(&error.into())),
    }
}

/// Learns an alias of the config that a room says it has and that led nowhere at the start. The homeserver is asked: a room can say
/// anything.
pub(super) async fn learn_aliases(room: &Room, config: &Config, aliases: &mut Aliases) {
    let said = room.canonical_alias().into_iter().chain(room.alt_aliases()).map(|alias| alias.to_string());
    for alias in said.filter(|alias| named(config).contains(alias)) {
        let known = aliases.values().flatten().any(|known| *known == alias);
        if !known && resolve(&room.client(), &alias).await.is_ok_and(|found| found == room.room_id()) {
            aliases.entry(room.room_id().to_owned()).or_default().push(alias);
        }
    }
}

/// The rooms that the account is in, with their settings.
pub(super) struct Directory {
    pub(super) client: Client,
    pub(super) config: Arc<Config>,
    pub(super) aliases: Aliases,
}

impl bot::Rooms for Directory {
    fn room(&self, id: &RoomId) -> Option<bot::Room> {
        self.get(id).map(|room| self.described(&room))
    }

    fn named(&self, name: &str) -> Option<bot::Room> {
        let by_alias = || self.aliases.iter().find(|(_, aliases)| aliases.iter().any(|alias| alias == name));
        let id = if name.starts_with('#') { by_alias()?.0.as_str() } else { name };
        self.get(&id.into()).filter(|room| room.state() == RoomState::Joined).map(|room| self.described(&room))
    }
}

impl Directory {
    /// A room as the SDK has it.
    pub(super) fn get(&self, id: &RoomId) -> Option<Room> {
        self.client.get_room(&ids::room(id).ok()?)
    }

    /// A room as the bot has it.
    pub(super) fn described(&self, room: &Room) -> bot::Room {
        let own = room.creators().is_some_and(|creators| creators.iter().any(|creator| creator == room.own_user_id()));
        let (id, settings) = (room.room_id().into(), self.settings(room));
        let openness = openness(room);
        let keeping = self.config.insight.keeping(openness, settings.insight);
        bot::Room {
            id,
            settings,
            members: room.active_members_count(),
            direct: openness.direct,
            space: room.is_space(),
            own,
            open: openness.is_open(),
            keeping,
        }
    }

    /// The settings of a room, by its id or one of its aliases.
    fn settings(&self, room: &Room) -> RoomSettings {
        self.config.matrix.room(self.names(room).iter().map(String::as_str))
    }

    /// The id of a room, and the aliases that the config knows it by.
    fn names(&self, room: &Room) -> Vec<String> {
        let mut names = vec![room.room_id().to_string()];
        names.extend(self.aliases.get(room.room_id()).into_iter().flatten().cloned());
        names
    }

    /// What chat is told of a room and a sender in it, but for who else is there.
    pub(super) async fn place(&self, room: &Room, sender: &UserId) -> Place {
        let mut settings = self.settings(room);
        if is_for_server_notices(room).await {
            settings.answer = Some(AnswerTo::Nobody);
        }
        let power_level = match (settings.admin_power_level, ids::user(sender)) {
            (Some(_), Ok(user)) => power_level(room, &user).await,
            _ => 0,
        };
        let openness = openness(room);
        let keeping = self.config.insight.keeping(openness, settings.insight);
        let desk = self.names(room).iter().any(|name| self.config.insight.to.contains(name));
        Place { direct: openness.direct, settings, power_level, keeping, desk, ..Place::default() }
    }
}

/// Whether anybody may read along in a room. A sync brings all of a room's state with the bot's join: where no event says that it is encrypted, it
/// is not, and the SDK calls that unknown until something is sent there.
fn openness(room: &Room) -> Openness {
    Openness {
        public: room.join_rule().is_some_and(|rule| rule == JoinRule::Public),
        encrypted: room.encryption_state().is_encrypted(),
        direct: is_direct(room),
    }
}

/// Ids and names of the sender of a message and of those whom it mentions, as far as the store knows them.
pub(super) async fn people(room: &Room, happening: &bot::Happening) -> Vec<String> {
    let mentioned = happening.message().map(|message| message.mentions.as_slice()).unwrap_or_default();
    let mut people = Vec::new();
    for id in std::iter::once(&happening.sender).chain(mentioned).take(MOST_PEOPLE) {
        let Ok(user) = ids::user(id) else { continue };
        if user == room.own_user_id() {
            continue;
        }
        let member = room.get_member_no_sync(&user).await.ok().flatten();
        people.extend(member.and_then(|member| member.display_name().map(str::to_owned)));
        people.extend([id.to_string(), user.localpart().to_owned()]);
    }
    people
}

/// Whoever mentions more people than so many asks none of them by name.
const MOST_PEOPLE: usize = 20;

/// Whether a room is a direct message: nobody is in it, or invited, but the bot and one other, and who invited marked it as one, or
/// it has neither a name nor an alias and nobody may join unasked.
pub(super) fn is_direct(room: &Room) -> bool {
    let has_alias = room.canonical_alias().is_some() || !room.alt_aliases().is_empty();
    let is_open = room.join_rule().is_some_and(|rule| rule == JoinRule::Public);
    let is_named = room.name().is_some_and(|name| !name.is_empty());
    let is_marked = room.direct_targets_length() > 0;
    room.active_members_count() == 2 && (is_marked || !(is_named || has_alias || is_open))
}

/// Whether a room is one in which the homeserver tells its users something (Matrix spec v1.16, client-server API § 11.24).
async fn is_for_server_notices(room: &Room) -> bool {
    room.tags().await.ok().flatten().is_some_and(|tags| tags.contains_key(&TagName::ServerNotice))
}

/// What others in a room are called, but for the sender and the bot.
pub(super) async fn others(room: &Room, sender: &UserId) -> Vec<String> {
    // Those that the store knows: nobody waits for a server because of a name.
    let members = room.members_no_sync(RoomMemberships::JOIN).await.unwrap_or_default();
    let others = members.iter().filter(|member| member.user_id() != room.own_user_id() && *sender != member.user_id().as_str());
    others
        .flat_map(|member| [member.display_name().map(str::to_owned), Some(member.user_id().localpart().to_owned())])
        .flatten()
        .collect()
}

async fn power_level(room: &Room, user: &ruma::UserId) -> i64 {
    match room.power_levels().await.map(|levels| levels.for_user(user)) {
        Ok(UserPowerLevel::Infinite) => i64::MAX,
        Ok(UserPowerLevel::Int(level)) => level.into(),
        _ => 0,
    }
}

/// Tries at joining or leaving a room, and the longest pause between them.
const TRIES: usize = 8;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Who invites into a room, if the invite can be read.
pub(super) async fn inviter(room: &Room) -> Option<UserId> {
    match room.invite_details().await {
        Ok(invite) => Some(invite.inviter_id.into()),
        Err(error) => {
            tracing::warn!(room = %room.room_id(), %error, "an invite that can't be read is left alone");
            None
        }
    }
}

/// Joins a room, by way of somebody's server where it isn't known: a homeserver may take its time to find the way.
pub(super) async fn join(client: &Client, room: &RoomId, via: Option<&UserId>) {
    let (Ok(room), Ok(via)) = (ids::room(room), via.map(ids::user).transpose()) else { return };
    let (room, via): (&ruma::RoomId, Vec<_>) = (&room, via.iter().map(|user| user.server_name().to_owned()).collect());
    let join = || async { client.join_room_by_id_or_alias(<&RoomOrAliasId>::from(room), &via).await.map(drop) };
    if patiently(room, "could not join", |_| false, join).await {
        tracing::info!(%room, "joined");
    }
}

/// Leaves this room and no other, and forgets it. (The SDK's own `leave` leaves the rooms too that this one says it replaces, which
/// whoever made the room may have made up.)
pub(super) async fn leave(room: &Room) {
    let (client, id) = (room.client(), room.room_id());
    let leave = || async { Ok(client.send(leave_room::v3::Request::new(id.to_owned())).await.map(drop)?) };
    let refused = |refusal| refusal == Refusal::ForGood;
    if !patiently(id, "could not leave", refused, leave).await {
        return;
    }
    if let Err(error) = client.send(forget_room::v3::Request::new(id.to_owned())).await {
        tracing::debug!(room = %id, %error, "the room is left and not forgotten");
    }
}

/// Tries something about a room until it succeeds, is refused in a way that `ends` it, or was tried often enough; whether it
/// succeeded.
async fn patiently<F: Future<Output = matrix_sdk::Result<()>>>(
    room: &ruma::RoomId,
    failed: &str,
    ends: impl Fn(Refusal) -> bool,
    step: impl Fn() -> F,
) -> bool {
    let mut pauses = Pauses::up_to(LONGEST_PAUSE);
    for attempt in 1..=TRIES {
        let Err(error) = step().await else { return true };
        tracing::warn!(%room, %error, attempt, "{failed}");
        let refusal = verdict(&error);
        if ends(refusal) {
            return false;
        }
        tokio::time::sleep(pauses.after(refusal)).await;
    }
    false
}

/// Whether the power levels of a room say that somebody can replace it; not where they can't be read.
pub(super) async fn may_replace(room: &Room, sender: &UserId) -> bool {
    let (Ok(sender), Ok(levels)) = (ids::user(sender), room.power_levels().await) else { return false };
    levels.user_can_send_state(&sender, StateEventType::RoomTombstone)
}

/// How many are in a room or invited, verified by the homeserver; `None` where it doesn't say.
pub(super) async fn count_members(room: &Room) -> Option<usize> {
    Some(room.members(RoomMemberships::ACTIVE).await.ok()?.len())
}
