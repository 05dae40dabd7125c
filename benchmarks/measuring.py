"""What several benchmarks need: where CPU seconds go, and what machine it was."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any


def machine(*packages: str) -> str:
    """The line below a table: Python, packages, processors and the day."""
    versions = "".join(f", {name} {version(name)}" for name in packages)
    return (
        f"Python {platform.python_version()}{versions}; {platform.system()} {platform.machine()} virtual machine, "
        f"{os.cpu_count()} cores; {datetime.now(UTC):%Y-%m-%d}"
    )


class Stages:
    """CPU seconds by stage; what a stage calls of another is that one's."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside."""
        began = time.process_time()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = time.process_time() - began
            self.seconds[name] += took - self._inner.pop()
            if self._inner:
                self._inner[-1] += took

    def of(self, owner: Any, name: str, stage: str) -> None:
        """Count what `owner.name` takes."""
        plain = getattr(owner, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            with self.stage(stage):
                return plain(*arguments, **named)

        setattr(owner, name, counted)
