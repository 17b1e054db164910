"""Invites and rooms: whom it follows, how it says hello, when it moves on and when it goes."""

import pytest

from conftest import NewBot, NewUser
from lab.bot import Bot
from lab.client import Client
from lab.net import eventually
from lab.proxy import Proxy, Status
from lab.room import PROBE, Room, joined, meet
from lab.synapse import Synapse

SETTINGS = {"matrix": {"invite_from": ["@friend*:localhost"], "rooms": {"*": {"introduce": True}}}}


async def left(member: Client, room_id: str, user_id: str) -> None:
    """Waits until a user has left a room, or has turned the invitation down."""

    async def gone() -> bool:
        return await member.membership(room_id, user_id) == "leave"

    await eventually(f"{user_id} leaves {room_id}", gone)


@pytest.fixture
async def friend(new_user: NewUser) -> Client:
    """Somebody whose invitations the config welcomes."""
    return await new_user("friend")


async def test_accepted_from_a_pattern(bot: Bot, friend: Client) -> None:
    await joined(friend, await friend.create_room(bot.user_id), bot.user_id)


async def test_accepted_from_admins_always(bot: Bot, admin: Client) -> None:
    await joined(admin, await admin.create_room(bot.user_id), bot.user_id)


async def test_rejected_from_others_and_logged(bot: Bot, asker: Client) -> None:
    room_id = await asker.create_room(bot.user_id)
    await left(asker, room_id, bot.user_id)
    assert asker.user_id in await bot.logged(f"(?i)invit.*{asker.user_id}|{asker.user_id}.*(?i:invit)")


async def test_an_invite_turned_down_leaves_no_other_room(bot: Bot, friend: Client, asker: Client) -> None:
    """A room may say that it replaces any other: that is no reason to leave that one."""
    room = Room(friend, await meet(friend, bot.user_id), bot.user_id)
    before = {"predecessor": {"room_id": room.id, "event_id": "$made-up"}}
    other = await asker.create_room(bot.user_id, creation_content=before)
    await left(asker, other, bot.user_id)
    await room.answer_to(await room.say(PROBE))


@pytest.mark.parametrize("version", ["10", "12"])
async def test_answers_in_rooms_of_version(version: str, bot: Bot, friend: Client) -> None:
    room = Room(friend, await meet(friend, bot.user_id, room_version=version), bot.user_id)
    assert (":" in room.id) == (version == "10")
    await room.answer_to(await room.say("who runs starlingx in production"))


async def test_introduces_itself_once_and_briefly(new_bot: NewBot, friend: Client) -> None:
    bot = await new_bot(SETTINGS)
    await bot.start()
    room = Room(friend, await meet(friend, bot.user_id), bot.user_id)
    hello = await room.from_bot("an introduction", lambda event: event.type == "m.room.message")
    assert hello.msgtype == "m.notice"
    assert not hello.mentions
    assert len(hello.body) < 500
    await bot.stop()
    await bot.start()
    await room.nothing_but_an_answer_since(hello.id)
    await bot.stop()


async def test_a_join_that_fails_is_tried_again(new_bot: NewBot, synapse: Synapse, friend: Client) -> None:
    proxy = Proxy(synapse.url)
    await proxy.start()
    bot = await new_bot(SETTINGS, homeserver=proxy.url)
    await bot.start()
    refused = proxy.add(Status(path="/join", method="POST", status=502, times=2))
    room_id = await friend.create_room(bot.user_id)
    await joined(friend, room_id, bot.user_id)
    assert len(refused.hits) == 2
    await bot.stop()
    await proxy.close()


async def test_follows_an_upgrade(bot: Bot, friend: Client) -> None:
    old = await meet(friend, bot.user_id, preset="public_chat", room_version="10")
    new = await friend.upgrade(old, "12")
    await joined(friend, new, bot.user_id)
    room = Room(friend, new, bot.user_id)
    await room.answer_to(await room.ask("who runs starlingx in production"))


async def test_leaves_when_it_is_the_last(bot: Bot, friend: Client, admin: Client) -> None:
    room_id = await meet(friend, bot.user_id)
    await friend.leave(room_id)

    async def gone() -> bool:
        rooms = await admin.call("GET", f"/_synapse/admin/v1/users/{bot.user_id}/joined_rooms")
        return room_id not in rooms["joined_rooms"]

    await eventually(f"{bot.user_id} leaves", gone)


async def test_stays_while_somebody_is_there(bot: Bot, friend: Client, admin: Client) -> None:
    room_id = await meet(admin, bot.user_id, friend)
    await friend.leave(room_id)
    room = Room(admin, room_id, bot.user_id)
    await room.answer_to(await room.say("who runs starlingx in production"))


async def test_says_nothing_in_a_space(new_bot: NewBot, friend: Client) -> None:
    bot = await new_bot({"matrix": {"rooms": {"*": {"introduce": True}}}})
    await bot.start()
    space = await meet(friend, bot.user_id, creation_content={"type": "m.space"})
    room = await meet(friend, bot.user_id)
    await Room(friend, room, bot.user_id).from_bot("an introduction", lambda event: event.type == "m.room.message")
    said = [event for event in friend.timeline(space) if event.sender == bot.user_id and event.type == "m.room.message"]
    assert said == []
    await bot.stop()
