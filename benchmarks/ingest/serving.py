"""The server under load: the real HTTP application and local store, without the lanes that evaluate."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from seamark import clock
from seamark.ingest.door import Door
from seamark.ingest.options import IngestOptions
from seamark.records.measurement import Measurement
from seamark.records.options import ModelOptions
from seamark.records.token import StoredToken
from seamark.server.run import run
from seamark.store.backends import local


class Services:
    """Ingest alone; `seamark.server.services.Services`."""

    host = "127.0.0.1"
    questions: Any = None

    def __init__(self, folder: Path) -> None:
        self._store = local.BACKEND.open(folder)
        self.bounds = IngestOptions()
        self.door = Door(
            self._store.log,
            self.bounds,
            now_us=clock.now_us,
            options_for=lambda _project, _model: ModelOptions(),
            known_models=lambda _project: (),
        )

    def now_us(self) -> int:
        return clock.now_us()

    def tokens(self) -> Sequence[StoredToken]:
        return self._store.accounts.tokens()

    def measurements(self) -> Iterable[Measurement]:
        return self.door.measurements()

    def revision(self) -> int:
        return 0

    def trouble(self) -> str | None:
        return None

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.door.drain()
        self._store.close()


if __name__ == "__main__":
    run(Services(Path(sys.argv[1])), 0, listening=lambda address: print(address, flush=True))
