"""When it answers, and when it keeps silent."""

import aiohttp
import pytest

from conftest import NewUser
from lab.ask import assert_same
from lab.bot import Bot
from lab.client import Client
from lab.room import PROBE, Room, in_thread, meet, mentioning, replying_to
from lab.synapse import Synapse

QUESTION = "when did Debian migration start?"
NAME = "Polly Perch"
SETTINGS = {
    "matrix": {
        "display_name": NAME,
        "ignore": ["@troll*:localhost"],
        "rooms": {"#commands:localhost": {"answer": "commands"}, "#nobody:localhost": {"answer": "nobody"}},
    }
}


# A few of each kind, through real events: what else is and is not said to it stands in the tables of `src/chat/addressing.rs`.


@pytest.mark.parametrize("body", ["{id}: {question}", "{lower_name} {question}", "@{localpart} {question}", "!mynah ask {question}"])
async def test_called_at_the_start(body: str, room: Room, bot: Bot) -> None:
    names = {"id": bot.user_id, "lower_name": NAME.lower(), "localpart": bot.account.localpart}
    answer = await room.answer_to(await room.say(body.format(question=QUESTION, **names)))
    assert_same(answer.body, bot.ask(QUESTION))


async def test_called_by_a_mention(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(QUESTION))
    assert_same(answer.body, bot.ask(QUESTION))


async def test_called_by_a_mention_within_the_sentence(room: Room, bot: Bot) -> None:
    question = await room.ask(f"hey {NAME}, {QUESTION}")
    assert bot.ask(QUESTION).citations[0]["highlight"] in (await room.answer_to(question)).body


async def test_called_by_a_pill(room: Room, bot: Bot) -> None:
    pill = f'<a href="https://matrix.to/#/{bot.user_id}">{NAME}</a>: {QUESTION}'
    formatted = {"format": "org.matrix.custom.html", "formatted_body": pill}
    answer = await room.answer_to(await room.say(f"{NAME}: {QUESTION}", **formatted))
    assert_same(answer.body, bot.ask(QUESTION))


async def test_called_by_a_pill_that_the_text_does_not_begin_with(room: Room) -> None:
    pill = f'hey <a href="https://matrix.to/#/%40{room.bot[1:]}">the bird</a>, {QUESTION}'
    formatted = {"format": "org.matrix.custom.html", "formatted_body": pill}
    await room.answer_to(await room.say(f"hey the bird, {QUESTION}", **formatted))


async def test_called_by_a_reply_to_its_message(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.ask(PROBE))
    second = await room.answer_to(await room.say(QUESTION, **replying_to(answer.id)))
    assert_same(second.body, bot.ask(QUESTION))


async def test_every_message_in_a_direct_room(direct: Room, bot: Bot) -> None:
    for question in (QUESTION, PROBE):
        answer = await direct.answer_to(await direct.say(question))
        assert_same(answer.body, bot.ask(question))


async def test_a_room_of_three_is_not_direct_any_more(direct: Room, admin: Client) -> None:
    await direct.answer_to(await direct.say(QUESTION))
    assert isinstance(direct.asker, Client)
    await direct.asker.invite(direct.id, admin.user_id)
    await admin.join(direct.id)
    await direct.nothing_but_an_answer_since(await direct.say(QUESTION))


async def test_the_askers_next_message_in_the_thread_of_its_answer(room: Room, bot: Bot) -> None:
    first = await room.answer_to(await room.ask(PROBE))
    second = await room.answer_to(await room.say(QUESTION, **in_thread(first.id)))
    assert second.thread == first.id
    assert_same(second.body, bot.ask(QUESTION))


async def test_the_askers_next_message_in_the_thread_of_an_answered_question(room: Room, bot: Bot) -> None:
    question = await room.ask(PROBE)
    await room.answer_to(question)
    second = await room.answer_to(await room.say(QUESTION, **in_thread(question)))
    assert second.thread == question
    assert_same(second.body, bot.ask(QUESTION))


async def test_nobody_elses_message_in_the_thread(room: Room, admin: Client) -> None:
    answer = await room.answer_to(await room.ask(PROBE))
    others = Room(admin, room.id, room.bot)
    await room.nothing_but_an_answer_since(await others.say(QUESTION, **in_thread(answer.id)))


# Never

@pytest.mark.parametrize("body", [QUESTION, "I like {name} a lot", "mail me at {localpart}@example.org", "https://matrix.to/#/{id}"])
async def test_silent_when_not_called(body: str, room: Room, bot: Bot) -> None:
    said = body.format(id=bot.user_id, name=NAME, localpart=bot.account.localpart)
    await room.nothing_but_an_answer_since(await room.say(said))


async def test_silent_when_a_word_only_begins_like_its_name(room: Room) -> None:
    await room.nothing_but_an_answer_since(await room.say(f"{NAME}ian?"))


async def test_silent_for_notices(direct: Room) -> None:
    notice = {"msgtype": "m.notice", "body": QUESTION, **mentioning(direct.bot)}
    await direct.nothing_but_an_answer_since(await direct.asker.send(direct.id, notice))


async def test_two_bots_come_to_an_end(room: Room, new_user: NewUser, admin: Client) -> None:
    other = await new_user("otherbot")
    await admin.invite(room.id, other.user_id)
    await other.join(room.id)
    seen = Room(other, room.id, room.bot)
    await other.send(room.id, {"msgtype": "m.notice", "body": "Hello, I answer everything."})
    answer = await seen.answer_to(await seen.ask(QUESTION))
    await room.nothing_but_an_answer_since(await seen.ask(QUESTION, **replying_to(answer.id)))


async def test_silent_for_who_is_ignored(room: Room, new_user: NewUser, admin: Client) -> None:
    troll = await new_user("troll")
    await admin.invite(room.id, troll.user_id)
    await troll.join(room.id)
    await room.nothing_but_an_answer_since(await Room(troll, room.id, room.bot).ask(QUESTION))


async def test_silent_for_a_mention_of_the_whole_room(room: Room) -> None:
    said = await room.say(f"@room {QUESTION}", **{"m.mentions": {"room": True}})
    await room.nothing_but_an_answer_since(said)


async def test_silent_for_an_edit_that_becomes_a_question(room: Room) -> None:
    said = await room.say("good morning")
    edit = await room.edit(said, QUESTION, **mentioning(room.bot))
    await room.nothing_but_an_answer_since(edit)


async def test_silent_for_an_edit_that_comes_with_its_message(room: Room, bot: Bot) -> None:
    await room.hold(bot)
    said = await room.say("good morning")
    await room.edit(said, QUESTION, **mentioning(room.bot))
    bot.resume()
    await room.nothing_but_an_answer_since(said)


async def test_silent_for_replies_to_others(room: Room, admin: Client) -> None:
    said = await Room(admin, room.id, room.bot).say("good morning")
    await room.nothing_but_an_answer_since(await room.say(QUESTION, **replying_to(said)))


async def test_silent_for_itself(room: Room, http: aiohttp.ClientSession, synapse: Synapse, bot: Bot) -> None:
    session = await synapse.login(bot.user_id)
    itself = Client(http, synapse.url, session.user_id, session.access_token)
    said = await Room(itself, room.id, room.bot).ask(QUESTION)
    answer = await room.answer_to(await room.ask(PROBE))
    assert room.said_since(said) == [answer]


@pytest.mark.parametrize("body", ["lol", "so what now, Bob?"])
async def test_silent_in_reply_to_its_answer_when_nothing_is_asked_of_it(body: str, room: Room) -> None:
    answer = await room.answer_to(await room.ask(PROBE))
    await room.nothing_but_an_answer_since(await room.say(body, **replying_to(answer.id)))


async def test_silent_for_talk_of_it(room: Room) -> None:
    await room.nothing_but_an_answer_since(await room.say(f"{NAME} is wrong here, that was 6.0", **mentioning(room.bot)))


async def test_silent_for_a_pill_that_mentions_nobody(room: Room) -> None:
    pill = f'as <a href="https://matrix.to/#/{room.bot}">the bird</a> said: {QUESTION}'
    formatted = {"format": "org.matrix.custom.html", "formatted_body": pill}
    await room.nothing_but_an_answer_since(await room.say(f"as the bird said: {QUESTION}", **formatted, **{"m.mentions": {}}))


async def test_silent_for_mentions_that_a_reply_to_somebody_copies(room: Room, admin: Client) -> None:
    asked = await Room(admin, room.id, room.bot).ask(PROBE)
    await room.answer_to(asked)
    said = await room.say("why do you need it, are you still on 6?", **replying_to(asked), **mentioning(room.bot, admin.user_id))
    await room.nothing_but_an_answer_since(said)


async def test_thanks_get_a_line_once(room: Room) -> None:
    answer = await room.answer_to(await room.ask(PROBE))
    thanks = await room.answer_to(await room.say("thanks!", **replying_to(answer.id)))
    assert len(thanks.body) < 40
    await room.nothing_but_an_answer_since(await room.say("thank you", **replying_to(answer.id)))


async def test_called_at_the_end(room: Room, bot: Bot) -> None:
    answer = await room.answer_to(await room.say(f"what is StarlingX, {NAME}?"))
    assert_same(answer.body, bot.ask("what is StarlingX?"))


async def test_a_room_of_two_with_a_name_is_a_room(asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(asker, bot.user_id, name="Birds"), bot.user_id)
    await room.nothing_but_an_answer_since(await room.say(QUESTION))


async def test_a_deed_a_caption_and_a_poll_are_read(room: Room, direct: Room, bot: Bot) -> None:
    deed = {"msgtype": "m.emote", "body": f"asks {NAME} {QUESTION}", **mentioning(room.bot)}
    caption = {"msgtype": "m.image", "filename": "a.png", "url": "mxc://localhost/a", "body": QUESTION}
    poll = {"m.poll.start": {"question": {"m.text": [{"body": QUESTION}]}}, "org.matrix.msc1767.text": QUESTION}
    told = bot.ask(QUESTION)
    assert_same((await room.answer_to(await room.asker.send(room.id, deed))).body, told)
    assert_same((await room.answer_to(await room.asker.send(room.id, {**caption, **mentioning(room.bot)}))).body, told)
    assert_same((await direct.answer_to(await direct.asker.send(direct.id, caption))).body, told)
    assert_same((await direct.answer_to(await direct.asker.send(direct.id, poll, "m.poll.start"))).body, told)
    await room.nothing_but_an_answer_since(await room.asker.send(room.id, caption))


async def test_silent_for_what_was_said_before_it_joined(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await admin.create_room(asker.user_id), bot.user_id)
    await asker.join(room.id)
    said = await room.ask(QUESTION)
    await admin.invite(room.id, bot.user_id)
    await room.from_bot("its join", lambda event: event.content.get("membership") == "join")
    await room.nothing_but_an_answer_since(said)


# Per room


async def test_a_room_that_wants_commands_only(admin: Client, asker: Client, bot: Bot) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="commands"), bot.user_id)
    said = await room.ask(QUESTION)
    answer = await room.answer_to(await room.say(f"!mynah ask {QUESTION}"))
    assert_same(answer.body, bot.ask(QUESTION))
    assert room.said_since(said) == [answer]


async def test_a_room_that_wants_nothing(admin: Client, asker: Client, bot: Bot, direct: Room) -> None:
    room = Room(asker, await meet(admin, bot.user_id, asker, room_alias_name="nobody"), bot.user_id)
    said = [await room.ask(QUESTION), await room.say(f"!mynah ask {QUESTION}"), await room.say("!mynah help")]
    await direct.answer_to(await direct.say(PROBE))
    assert room.said_since(said[0]) == []
