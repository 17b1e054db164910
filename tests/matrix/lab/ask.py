"""What `mynah ask` answers: a room must get the same.

A room's answer may have two lines of its own around that: a first one where it was asked while the bot was away, a last one
that names `more`.
"""

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .binary import environment, mynah


@dataclass(frozen=True)
class Answer:
    """The parts of `mynah ask --format json` that tests compare."""

    verdict: str
    text: str
    citations: list[dict[str, Any]]
    pointers: list[dict[str, str]]


@functools.cache
def ask(config: Path, question: str, previous: str = "") -> Answer:
    """Asks in the terminal, with the same config as the bot."""
    followed = ["--previous", previous] if previous else []
    command: list[str | Path] = [mynah(), "--config", config, "ask", "--format", "json", *followed, "--", question]
    # Exit code 1 says that the posts have no answer, and the text that tells so is printed all the same.
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=config.parent, check=False)
    if done.returncode > 1:
        raise RuntimeError(f"mynah ask failed: {done.stderr}")
    told = json.loads(done.stdout)
    return Answer(told["verdict"], told["text"], told["citations"], told["pointers"])


def assert_same(body: str, answer: Answer, *, away: bool = False) -> None:
    """Holds that a room's answer is the terminal's, apart from the lines that rooms may have around it."""
    if away:
        first, _, body = body.partition("\n")
        assert "while I was away" in first, first
        body = body.lstrip("\n")
    rest = body.removeprefix(answer.text)
    assert rest != body, f"the room says\n{body}\n\nand the terminal\n{answer.text}"
    assert not rest or (rest.count("\n", 2) == 0 and "more" in rest), f"after the answer comes {rest!r}"
