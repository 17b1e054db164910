"""Which mynah is run."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def mynah() -> Path:
    """`$MYNAH_BIN`, or the debug build of this checkout."""
    binary = Path(os.environ.get("MYNAH_BIN", REPOSITORY / "target/debug/mynah")).absolute()
    if not binary.is_file():
        raise FileNotFoundError(f"no {binary}: run `cargo build` first, or set MYNAH_BIN")
    return binary


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of mynah, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MYNAH__")} | settings
