"""What `mynah ask` answers, which a direct message must get, and `mynah converse` in a room, which a room must get.

An answer may have a line before that, where it was asked while the bot was away.
"""

import functools
import json
import subprocess
import tempfile
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
    config: Path
    question: str
    previous: str

    @property
    def in_room(self) -> str:
        """What a room is told: the same in brief."""
        return converse(self.config, self.question, self.previous)

    @property
    def in_direct(self) -> str:
        """What a direct message is told: the same, but for words of courtesy."""
        return converse(self.config, self.question, self.previous, "dm")

    def is_told_in(self, body: str) -> bool:
        """Whether a message tells it, as a direct message or as a room, whatever stands around it."""
        return any(told and told in body for told in (self.text, self.in_direct, self.in_room))


@functools.cache
def converse(config: Path, question: str, previous: str = "", place: str = "room") -> str:
    """Plays the question in a room or a direct message ("dm"), with the same config as the bot."""
    before = [{"from": "asker", "text": previous, "mentions": ["mynah"]}, {"from": "mynah", "answer_to": 0}] if previous else []
    talk = {"id": "1", "place": place, "before": before, "last": {"from": "asker", "text": question, "mentions": ["mynah"]}}
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf8") as file:
        file.write(json.dumps(talk))
        file.flush()
        command: list[str | Path] = [mynah(), "--config", config, "converse", file.name]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=config.parent, check=True)
    return str(json.loads(done.stdout).get("text", ""))


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
    return Answer(told["verdict"], told["text"], told["citations"], told["pointers"], config, question, previous)


def assert_same(body: str, answer: Answer, *, away: bool = False) -> None:
    """Holds that an answer is the terminal's, or in a room that in brief, apart from a line before it."""
    if away:
        first, _, body = body.partition("\n")
        assert "while I was away" in first, first
        body = body.lstrip("\n")
    if body not in (answer.text, answer.in_direct):
        assert body == answer.in_room, f"the bot says\n{body}\n\nthe terminal\n{answer.text}\n\nand a room is told\n{answer.in_room}"
