"""Running it: an orderly end, a log that keeps secrets, and a check before all that."""

import json
import re
import shutil
import signal
from pathlib import Path

import pytest

from conftest import NewBot
from lab.binary import REPOSITORY
from lab.bot import Bot
from lab.client import Client
from lab.room import PROBE, Room, meet

QUESTION = "when did Debian migration start?"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_ends_in_order_with_what_is_in_hand(number: signal.Signals, new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot()
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    questions = [await room.say(QUESTION) for _ in range(3)]
    bot.signal(number)
    assert await bot.ended() == 0
    await bot.start()
    for question in questions:
        await room.answer_to(question)
    await room.answer_to(probe := await room.say(PROBE))
    answered = [str(event.in_reply_to) for event in room.said_since(questions[0])]
    assert sorted(answered) == sorted([*questions, probe])
    await bot.stop()


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_words_and_no_secrets_in_the_log(form: str, new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot({"log": {"level": "debug", "format": form}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    question = await room.say("is there a quuxlyfrob for Debian?")
    answer = await room.answer_to(question)
    await room.edit(question, f"{QUESTION} quuxlyfrob")
    await room.edit_of(answer.id)
    await room.answer_to(await room.say("hepl quuxlyfrob"))
    await bot.stop()
    log = "\n".join(bot.log)
    assert question in log, "the log does tell of the question"
    for secret in ("quuxlyfrob", "move the platform over to Debian", bot.account.password):
        assert secret not in log


async def test_a_log_in_json(new_bot: NewBot) -> None:
    bot = await new_bot({"log": {"format": "json"}})
    await bot.start()
    await bot.stop()
    lines = [json.loads(line) for line in bot.log]
    assert all({"timestamp", "level"} <= set(line) for line in lines)


@pytest.mark.parametrize(("level", "more"), [("info", False), ("mynah=debug", True)])
async def test_a_log_of_more_where_wished(level: str, more: bool, new_bot: NewBot, asker: Client) -> None:
    bot = await new_bot({"log": {"level": level, "format": "json"}})
    await bot.start()
    room = Room(asker, await meet(asker, bot.user_id), bot.user_id)
    await room.answer_to(await room.say(PROBE))
    await bot.stop()
    assert ("DEBUG" in {json.loads(line)["level"] for line in bot.log}) == more


async def test_check_tells_what_it_has_found(new_bot: NewBot) -> None:
    bot = await new_bot()
    checked = await bot.run("--check")
    assert checked.code == 0, checked.stderr
    assert bot.user_id in checked.stdout
    assert re.search(r"\b5 .*posts|posts.*\b5\b", checked.stdout)
    await bot.start()
    await bot.stop()


async def test_check_tells_what_is_wrong_with_the_posts(new_bot: NewBot, tmp_path: Path) -> None:
    posts = Path(shutil.copytree(REPOSITORY / "corpus", tmp_path / "posts"))
    (posts / "broken.md").write_text("---\ntitle: Broken\ndate: 2024-13-45\n---\n\nText.\n")
    checked = await (await new_bot({"corpus": {"path": str(posts)}})).run("--check")
    assert checked.code == 1
    assert "broken.md:3" in checked.stdout + checked.stderr


async def test_check_tells_of_a_login_that_fails(new_bot: NewBot) -> None:
    bot = await new_bot({"matrix": {"password": "wrong"}})
    checked = await bot.run("--check")
    assert checked.code == 2
    assert "password" in checked.stderr


async def test_check_of_an_account_in_use_disturbs_nothing(bot: Bot, direct: Room) -> None:
    checked = await bot.run("--check")
    assert checked.code in (0, 2)
    await direct.answer_to(await direct.say(PROBE))
