"""Commands: with a prefix in rooms, as bare words in direct messages, and each only for whom it is meant."""

import pytest

from lab.ask import assert_same
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.events import Event
from lab.html import Html
from lab.room import Room, meet

QUESTION = "when did Debian migration start?"
POSTS = sorted((REPOSITORY / "corpus").glob("*.md"))
POINTERS = (REPOSITORY / "config/pointers.toml").read_text().count("[[pointer]]")
SETTINGS = {"matrix": {"rooms": {"#powers:localhost": {"admin_power_level": 50}}}}


async def command(room: Room, body: str) -> Event:
    """Sends a command, and returns what the bot replies."""
    reply = await room.answer_to(await room.say(body))
    assert Html(reply.html).wrong == []
    return reply


@pytest.mark.parametrize("prefix", ["!mynah {}", "{bot}: !mynah {}"])
async def test_understood_in_a_room_with(prefix: str, room: Room) -> None:
    assert "sources" in (await command(room, prefix.format("help", bot=room.bot))).body


async def test_understood_in_a_room_after_a_mention(room: Room) -> None:
    assert "sources" in (await room.answer_to(await room.ask("help"))).body


@pytest.mark.parametrize("body", ["Help", "!mynah help"])
async def test_understood_in_direct_messages(body: str, direct: Room) -> None:
    assert "sources" in (await command(direct, body)).body


async def test_help_lists_what_the_asker_may_do(room: Room) -> None:
    listed = (await command(room, "!mynah help")).body
    for word in ("help", "ask", "more", "why", "start", "sources", "status"):
        assert word in listed
    assert "reload" not in listed


async def test_help_for_an_admin_lists_more(room: Room, admin: Client) -> None:
    listed = (await command(Room(admin, room.id, room.bot), "!mynah help")).body
    assert "reload" in listed


async def test_ask(room: Room, bot: Bot) -> None:
    assert_same((await command(room, f"!mynah ask {QUESTION}")).body, bot.ask(QUESTION))


async def test_ask_in_direct_messages(direct: Room, bot: Bot) -> None:
    assert_same((await command(direct, f"ask {QUESTION}")).body, bot.ask(QUESTION))


async def test_more_shows_other_passages(direct: Room, bot: Bot) -> None:
    await direct.answer_to(await direct.say(QUESTION))
    more = await command(direct, "more")
    shown = bot.ask(QUESTION).citations
    assert "https://www.starlingx.io/blog/" in more.body
    assert all(citation["highlight"] not in more.body for citation in shown)
    again = await command(direct, "more")
    assert again.body != more.body


async def test_more_without_a_question_says_so(direct: Room) -> None:
    nothing = await command(direct, "more")
    assert "https://www.starlingx.io/blog/" not in nothing.body


async def test_why_tells_how_the_answer_was_chosen(direct: Room) -> None:
    await direct.answer_to(await direct.say(QUESTION))
    assert "debian" in (await command(direct, "why")).body.lower()


async def test_start_walks_through_the_pointers_one_by_one(direct: Room) -> None:
    step = await command(direct, "start")
    seen = []
    for number in range(1, POINTERS + 1):
        links = Html(step.html).links
        assert len(links) == 1
        assert f"{number} of {POINTERS}" in step.body
        seen += links
        step = await command(direct, "more")
    assert len(set(seen)) == POINTERS


async def test_sources_lists_every_post_with_date_and_link(direct: Room) -> None:
    sources = await command(direct, "sources")
    assert len(POSTS) == 5
    assert {f"https://www.starlingx.io/blog/{post.stem}/" for post in POSTS} <= set(Html(sources.html).links)
    for date in ("2022", "2021", "2020"):
        assert date in sources.body


async def test_sources_in_a_room_are_a_line(room: Room) -> None:
    sources = await command(room, "!mynah sources")
    assert f"{len(POSTS)} posts" in sources.body
    assert "\n" not in sources.body
    assert Html(sources.html).links == ["https://www.starlingx.io/blog/"]


async def test_status_tells_an_admin_more(room: Room, admin: Client) -> None:
    told = (await command(room, "!mynah status")).body
    assert f"{len(POSTS)} posts" in told
    assert "rooms" not in told
    assert "rooms" in (await command(Room(admin, room.id, room.bot), "!mynah status")).body


async def reloads(room: Room) -> bool:
    """Asks for a reload; a reply that is no refusal is edited to what came of it."""
    reply = await command(room, "!mynah reload")
    if "admin" in reply.body:
        return False
    await room.edit_of(reply.id)
    return True


async def test_a_polite_no_for_others_is_logged(room: Room, bot: Bot) -> None:
    assert not await reloads(room)
    await bot.logged(f"{room.asker.user_id}.*reload|reload.*{room.asker.user_id}")


async def test_an_admins_reload_is_logged(room: Room, admin: Client, bot: Bot) -> None:
    assert await reloads(Room(admin, room.id, room.bot))
    await bot.logged(f"{admin.user_id}.*reload|reload.*{admin.user_id}")


async def test_admin_by_power_level_where_wished(asker: Client, admin: Client, bot: Bot) -> None:
    room_id = await meet(admin, bot.user_id, asker, room_alias_name="powers")
    room = Room(asker, room_id, bot.user_id)
    assert not await reloads(room)
    levels = await admin.state(room_id, "m.room.power_levels")
    await admin.set_state(room_id, "m.room.power_levels", {**levels, "users": {**levels["users"], asker.user_id: 50}})
    assert await reloads(room)


async def test_power_counts_for_nothing_where_not_wished(asker: Client, bot: Bot) -> None:
    levels = {"users": {asker.user_id: 100}}
    room_id = await meet(asker, bot.user_id, room_version="10", power_level_content_override=levels)
    assert not await reloads(Room(asker, room_id, bot.user_id))


async def test_a_near_miss_is_told_the_nearest(room: Room, admin: Client) -> None:
    assert "reload" in (await command(Room(admin, room.id, room.bot), "!mynah relod")).body


async def test_what_did_not_help_is_counted_once(direct: Room, admin: Client, bot: Bot) -> None:
    await direct.answer_to(await direct.say(QUESTION))
    for _ in range(2):
        assert "more" in (await direct.answer_to(await direct.say("that did not help"))).body
    desk = Room(admin, await meet(admin, bot.user_id), bot.user_id)
    assert "did not help: 1." in (await command(desk, "status")).body
