"""Memory: what a bot holds after 1,000 answers, and that it does not grow with every one of them."""

from lab.bot import Bot
from lab.crowd import Crowd

SETTINGS = {"matrix": {"limits": {"per_asker": 100_000, "per_room": 100_000}}}
BATCH = 100
"""So many questions are asked at once."""
TOLERANCE = 0.10
"""Measured: …"""


async def test_does_not_grow_over_the_last_800_of_1000_answers(crowd: Crowd, bot: Bot) -> None:
    measured = {0: bot.resident_mib()}
    for answered in range(BATCH, 1000 + 1, BATCH):
        await crowd.ask(BATCH)
        await crowd.all_answered(within=40)
        measured[answered] = bot.resident_mib()
    print("resident MiB after so many answers:", {n: round(mib, 1) for n, mib in measured.items()})
    await crowd.each_has_one_answer(within=40)
    assert measured[1000] <= measured[200] * (1 + TOLERANCE)
