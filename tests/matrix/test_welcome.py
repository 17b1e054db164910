"""Welcome: off by default, once ever for each newcomer, one greeting for a wave."""

import asyncio

import pytest

from conftest import NewUser
from lab.bot import Bot
from lab.client import Client
from lab.encrypted import EncryptedClient
from lab.events import Event
from lab.html import Html
from lab.room import Room, joined

SETTINGS = {
    "matrix": {
        "rooms": {
            "#greeted:localhost": {"welcome": "room", "welcome_cooldown": "0s"},
            "#once:localhost": {"welcome": "room", "welcome_cooldown": "0s"},
            "#old:localhost": {"welcome": "room", "welcome_cooldown": "0s"},
            "#direct:localhost": {"welcome": "direct", "welcome_cooldown": "0s"},
            "#wave:localhost": {"welcome": "room", "welcome_cooldown": "10m"},
            "#again:localhost": {"welcome": "room", "welcome_cooldown": "1s"},
        }
    }
}


@pytest.fixture
async def regular(new_user: NewUser) -> Client:
    """Somebody who has always been there, without whom the room would be a direct one."""
    return await new_user("regular")


async def public(host: Client, regular: Client, bot: Bot, alias: str = "") -> Room:
    """A room that anybody may join, as its regular sees it. The bot comes last."""
    named = {"room_alias_name": alias} if alias else {}
    room_id = await host.create_room(preset="public_chat", **named)
    await regular.join(room_id)
    await host.invite(room_id, bot.user_id)
    await joined(host, room_id, bot.user_id)
    return Room(regular, room_id, bot.user_id)


async def greeted(room: Room, newcomer: Client) -> Event:
    """Lets a newcomer join, and returns the greeting."""
    known = {event.id for event in room.asker.timeline(room.id)}
    await newcomer.join(room.id)
    return await room.from_bot(
        f"a greeting of {newcomer.user_id}", lambda event: event.type == "m.room.message" and event.id not in known
    )


def is_a_greeting(event: Event) -> None:
    """Holds that the message leads a newcomer on."""
    html = Html(event.html)
    assert html.wrong == []
    assert len([link for link in html.links if "matrix.to/#/@" not in link]) in (2, 3)


async def test_in_the_room(admin: Client, regular: Client, asker: Client, bot: Bot) -> None:
    greeting = await greeted(await public(admin, regular, bot, "greeted"), asker)
    is_a_greeting(greeting)
    assert set(greeting.mentions) <= {asker.user_id}


async def test_once_ever(admin: Client, regular: Client, asker: Client, bot: Bot) -> None:
    room = await public(admin, regular, bot, "once")
    greeting = await greeted(room, asker)
    await asker.leave(room.id)
    await bot.stop()
    await bot.start()
    await asker.join(room.id)
    await room.nothing_but_an_answer_since(greeting.id)


async def test_by_an_encrypted_direct_message(admin: Client, regular: Client, newcomer: EncryptedClient, bot: Bot) -> None:
    room = await public(admin, regular, bot, "direct")
    before = await room.say("the room is quiet")
    await newcomer.join(room.id)
    direct = Room(newcomer, await newcomer.invitation(bot.user_id), bot.user_id)
    await newcomer.join(direct.id)
    is_a_greeting(await direct.from_bot("a greeting", lambda event: event.type == "m.room.message"))
    await room.nothing_but_an_answer_since(before)


async def test_off_by_default(admin: Client, regular: Client, asker: Client, bot: Bot) -> None:
    room = await public(admin, regular, bot)
    before = await room.say("the room is quiet")
    await asker.join(room.id)
    await room.nothing_but_an_answer_since(before)


async def test_a_wave_is_one_greeting(admin: Client, regular: Client, new_user: NewUser, bot: Bot) -> None:
    room = await public(admin, regular, bot, "wave")
    before = await room.say("the room is quiet")
    newcomers = [await new_user("dave") for _ in range(5)]
    await asyncio.gather(*(newcomer.join(room.id) for newcomer in newcomers))
    await room.from_bot("a greeting", lambda event: event.type == "m.room.message")
    await room.answer_to(probe := await room.ask("who runs starlingx in production"))
    greetings = [event for event in room.said_since(before) if event.in_reply_to != probe]
    assert len(greetings) == 1, [str(event) for event in greetings]
    is_a_greeting(greetings[0])


async def test_after_the_cooldown_greets_again(admin: Client, regular: Client, new_user: NewUser, bot: Bot) -> None:
    room = await public(admin, regular, bot, "again")
    for newcomer in [await new_user("erin"), await new_user("frank")]:
        is_a_greeting(await greeted(room, newcomer))
        await asyncio.sleep(1.1)


async def test_nobody_who_was_there_before(admin: Client, regular: Client, bot: Bot) -> None:
    room = await public(admin, regular, bot, "old")
    join = await room.from_bot("its join", lambda event: event.content.get("membership") == "join")
    await room.nothing_but_an_answer_since(join.id)
