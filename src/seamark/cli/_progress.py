"""A progress bar on a terminal, and nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Progress = Callable[[str, float], None]
"""What is being done, and the share of it that is done (0..1)."""

_WIDTH = 30


@contextmanager
def progress_bar(stream: TextIO | None = None) -> Iterator[Progress]:
    """Draw on stderr while the block runs, and leave no trace afterwards."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda _what, _share: None
        return
    shown = ""

    def draw(what: str, share: float) -> None:
        nonlocal shown
        filled = round(min(max(share, 0.0), 1.0) * _WIDTH)
        line = f"{what} {'━' * filled}{'╌' * (_WIDTH - filled)} {share:4.0%}"
        if line != shown:
            shown = line
            stream.write(f"\r\x1b[K{line}")
            stream.flush()

    try:
        yield draw
    finally:
        stream.write("\r\x1b[K")
        stream.flush()
