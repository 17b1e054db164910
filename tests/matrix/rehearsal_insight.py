"""Eight people ask 300 questions in rooms of all kinds, vote, edit, redact and have themselves forgotten; then what is kept is looked at.

No part of `make test`, for it takes some minutes: `make rehearsal` plays it, and prints what it saw. The questions are those of the
project's sets. The bot has two of the five posts at first. With the reload come the three others, and where `scripts/fetch-posts starlingx` has
brought the other posts of StarlingX, seven of these: ten in all.
"""

import asyncio
import contextlib
import json
import random
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conftest import NewBot, NewUser
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.encrypted import EncryptedClient
from lab.events import Event
from lab.net import eventually
from lab.room import Room, meet
from test_insight import bytes_kept, insight, react
from test_insight_page import Browser, browser, link_in  # noqa: F401 (a fixture)

SAVED = REPOSITORY / "target/rehearsal"
"""Where the page is put as it was at the end, to be looked at."""

QUESTIONS = 300
AT_ONCE = 8
WITHIN = 60
FIRST_POSTS = 2
"""How many of the five posts the bot has before the reload."""
FETCHED = REPOSITORY / "data/posts/starlingx"
ADDED_POSTS = 10
"""How many come with the reload, as far as they are here."""
SEED = 12


@dataclass
class Asked:
    """A question, where it was asked, and what came."""

    room: str
    where: Room
    text: str
    event: str = ""
    answer: Event | None = field(default=None, repr=False)


def questions() -> list[str]:
    """Wordings of the project's question sets, each once, in an order that is always the same.

    All end with a question mark: what is a statement is not answered in a room.
    """
    lines = lambda name: (json.loads(line) for line in (REPOSITORY / "tests" / name).read_text().splitlines())
    of_sets = [line["question"] for name in ("seeds-dev", "blog-dev", "paraphrases") for line in lines(f"eval/{name}.jsonl")]
    in_other_words = [asked for line in lines("insight/paraphrases.jsonl") for asked in line["asked"]]
    found = list(dict.fromkeys(text.rstrip("?.! ") + "?" for text in of_sets + in_other_words))
    random.Random(SEED).shuffle(found)
    assert len(found) >= QUESTIONS
    return found[:QUESTIONS]


def tables(file: Path) -> dict[str, int]:
    """The rows of each table of a database."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def kept_events(bot: Bot) -> set[str]:
    """The questions that are kept, by their events."""
    with sqlite3.connect(f"file:{bot.data / 'insight.sqlite'}?mode=ro", uri=True) as database:
        return {event for (event,) in database.execute("SELECT event FROM questions")}


def names_of(*users: Client | EncryptedClient) -> list[str]:
    """What would tell who somebody is: ids and their first parts."""
    return [name for user in users for name in (user.user_id, user.user_id[1:].split(":")[0])]


async def answered(asked: Asked) -> None:
    """Asks, and waits for the answer; none where it does not come."""
    name = asked.where.bot[1:].split(":")[0]
    asked.event = await asked.where.say(f"{name}: {asked.text}")
    with contextlib.suppress(AssertionError):
        asked.answer = await asked.where.answer_to(asked.event, WITHIN)


async def in_turns(all_asked: list[Asked]) -> None:
    """Some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(asked: Asked) -> None:
        async with gate:
            await answered(asked)

    await asyncio.gather(*(one(asked) for asked in all_asked))


@pytest.fixture
def fewer_posts(posts: Path, tmp_path: Path) -> tuple[Path, list[Path]]:
    """A folder with the first of the posts, and the others, which are to come."""
    later = sorted(posts.glob("*.md"))[FIRST_POSTS:]
    away = tmp_path / "later"
    away.mkdir()
    ours = {post.name for post in posts.glob("*.md")}
    others = [post for post in sorted(FETCHED.glob("*.md")) if post.name not in ours]
    added = [post.rename(away / post.name) for post in later]
    for post in others[: ADDED_POSTS - len(added)]:
        added.append(Path(shutil.copy(post, away / post.name)))
    return posts, added


async def test_three_hundred_questions_by_eight_people(
    new_bot: NewBot,
    new_user: NewUser,
    admin: Client,
    newcomer: EncryptedClient,
    fewer_posts: tuple[Path, list[Path]],
    page: str,
    browser: Browser,
    capsys: pytest.CaptureFixture[str],
) -> None:
    posts, later = fewer_posts
    limits = {"per_asker": 10_000, "per_room": 10_000}
    web = {"listen": page.removeprefix("http://").rstrip("/"), "address": page}
    corpus = {"path": str(posts), "watch": False}
    bot = await new_bot({"corpus": corpus, "insight": {"tell": True}, "matrix": {"limits": limits}, "web": web})
    await bot.start()
    people = [await new_user(name) for name in ("ada", "ben", "cleo", "dan", "eve", "finn", "gwen")]
    anybody = {"preset": "public_chat"}
    open_rooms = [await meet(admin, bot.user_id, *people, **anybody), await meet(admin, bot.user_id, *people[:4], **anybody)]
    closed = await meet(admin, bot.user_id, *people[2:6])
    alone = [await meet(person, bot.user_id, is_direct=True) for person in people[:2]]
    places = [
        *(("open", Room(person, open_rooms[0], bot.user_id)) for person in people),
        *(("open", Room(person, open_rooms[1], bot.user_id)) for person in people[:4]),
        *(("invite-only", Room(person, closed, bot.user_id)) for person in people[2:6]),
        *(("direct", Room(person, room, bot.user_id)) for person, room in zip(people, alone)),
        ("encrypted", Room(newcomer, await newcomer.create_room(bot.user_id), bot.user_id)),
    ]
    desk = Room(admin, await meet(admin, bot.user_id, is_direct=True), bot.user_id)
    chance = random.Random(SEED)
    all_asked = [Asked(*chance.choice(places), text) for text in questions()]
    await in_turns(all_asked)
    assert [f"{asked.room}: {asked.text}" for asked in all_asked if not asked.answer] == [], "each is answered"
    in_open = [asked for asked in all_asked if asked.room == "open"]

    # What people do next.
    one, *_ = people
    changed, deleted, voted = in_open[:10], in_open[10:20], in_open[20:60]
    await asyncio.gather(*(asked.where.edit(asked.event, f"{asked.text} please") for asked in changed))
    await asyncio.gather(*(asked.where.redact(asked.event) for asked in deleted))
    for number, asked in enumerate(voted):
        assert asked.answer
        await react(asked.where, asked.answer.id, "👎" if number % 3 == 0 else "👍")
    forgetting = Room(one, places[0][1].id, bot.user_id)
    await forgetting.answer_to(await forgetting.say("!mynah forget me"))
    gone = {asked.event for asked in deleted} | {asked.event for asked in in_open if asked.where.asker is one}
    wanted = {asked.event for asked in in_open} - gone

    async def all_kept() -> bool:
        return kept_events(bot) == wanted

    await eventually("exactly the questions of the open rooms are kept, without what was deleted", all_kept, WITHIN)

    # Who asked, and what was asked where nobody may read along, stands nowhere.
    stored = bytes_kept(bot)
    exported = await insight(bot, "export") + await insight(bot, "draft")
    assert next(iter(wanted)).encode() in stored, "event ids are readable: what is looked for would be found"
    nobody = names_of(*people, newcomer, admin)
    elsewhere = [asked for asked in all_asked if asked.room != "open"]
    texts = [asked.text for asked in elsewhere]
    for secret in (*nobody, *texts, *(asked.event for asked in elsewhere), *open_rooms, closed):
        assert secret.encode() not in stored
    shown = [line for line in exported.splitlines() if any(person in line for person in nobody) or any(text in line for text in texts)]
    assert shown == []
    journal = b"".join(file.read_bytes() for file in sorted(bot.data.glob("journal.sqlite*")))
    assert [asked.text for asked in all_asked if asked.text.encode() in journal] == []

    # The loop: the other posts come, and what they say now is told where it was asked.
    before = (await desk.answer_to(await desk.say("insight"))).body
    for post in later:
        post.rename(posts / post.name)
    await desk.edit_of((await desk.answer_to(await desk.say("reload"))).id, within=WITHIN)
    await bot.logged("asked again", WITHIN)
    after = (await desk.answer_to(await desk.say("insight"))).body
    assert len(before.splitlines()) <= 25
    assert len(after.splitlines()) <= 25
    said = {event.id: event for person in people for room in open_rooms for event in person.timeline(room) if "say it now" in event.body}
    assert said, "the other posts answer something that was asked"
    for event in said.values():
        assert event.in_reply_to in wanted, "told of a question that is kept"
    assert len({event.in_reply_to for event in said.values()}) == len(said), "each once"

    # An admin looks at it all.
    status, text = await browser.log_in(await link_in(desk))
    assert status == 200
    assert [name for name in names_of(*people, newcomer) if name in text] == []
    SAVED.mkdir(parents=True, exist_ok=True)
    (SAVED / "insight.html").write_text(text)
    (SAVED / "style.css").write_text((await browser.get(f"{page}style.css"))[1])

    with capsys.disabled():
        print(f"\nasked: {dict(Counter(asked.room for asked in all_asked))}, all answered")
        print(f"edited {len(changed)}, redacted {len(deleted)}, voted on {len(voted)}; forgotten: {len(gone)} with the redacted")
        print(f"kept: {len(wanted)}, all of open rooms; insight.sqlite: {tables(bot.data / 'insight.sqlite')}")
        print(f"looked for {len(nobody)} names and {2 * len(elsewhere)} questions of closed rooms: none in the files or the exports")
        print(f"{len(later)} posts were added")
        print(f"the page is saved in {SAVED.relative_to(REPOSITORY)}")
        print(f"the loop told {len(said)} answers once each\n--- digest before\n{before}\n--- digest after\n{after}")
    await bot.stop()
