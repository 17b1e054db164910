"""Memory: what a bot holds after 1,000 answers, and that it does not grow with every one of them."""

from collections.abc import Callable

from lab.bot import Bot
from lab.crowd import Crowd

SETTINGS = {"matrix": {"limits": {"per_asker": 100_000, "per_room": 100_000}}}
BATCH = 100
"""So many questions are asked at once."""
GROWTH_MIB = 5
"""Seen: 1.5 and 2.2 MiB from 200 answers to 1,000 (release) and 2.8 (debug), less with each hundred. 5 is some 6 KB an answer: about what
keeping each question with its answer would take."""


async def test_does_not_grow_over_the_last_800_of_1000_answers(
    crowd: Crowd, bot: Bot, record_property: Callable[[str, object], None]
) -> None:
    resident = {}
    for answered in range(BATCH, 1000 + 1, BATCH):
        await crowd.ask(BATCH)
        await crowd.all_answered(within=60)
        resident[answered] = bot.resident_mib()
    record_property("resident MiB after so many answers", {answered: round(mib, 1) for answered, mib in resident.items()})
    await crowd.each_has_one_answer(within=60)
    assert resident[1000] - resident[200] < GROWTH_MIB
