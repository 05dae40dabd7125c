"""Plays of stored pasts beside a running server: one at a time, in a process of its own that gives way to others."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from seamark.clock import to_iso
from seamark.errors import Conflict, NotFound, SeamarkError
from seamark.pipeline.backtest.stored import Past, play_past
from seamark.records.options import ModelOptions

_KEPT: Final = 10  # plays that are over
_GIVES_WAY: Final = 10  # of 19: how much nicer than the server the process is
_SPAWNED: Final = multiprocessing.get_context("spawn")  # a fork would inherit the server's threads' locks
_LOG = logging.getLogger("seamark.backtest")


@dataclass(slots=True)
class Job:
    """One play."""

    id: str
    project: str
    model: str
    start_us: int
    end_us: int
    state: str = "running"  # running → done | failed
    share: float = 0.0
    report: dict[str, Any] | None = None
    error: str | None = None

    def told(self) -> dict[str, Any]:
        """As the HTTP API says it."""
        return {
            "id": self.id,
            "model": self.model,
            "from": to_iso(self.start_us),
            "to": to_iso(self.end_us),
            "state": self.state,
            "share": round(self.share, 3),
            "report": self.report,
            "error": self.error,
        }


class Backtests:
    """Begins plays and remembers the last ones. What it remembers ends with the server."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._begun = 0
        self._process: BaseProcess | None = None

    def begin(self, past: Callable[[], Past], options: ModelOptions) -> dict[str, Any]:
        """Begin a play; raises Conflict while another one runs. `past` is only read when there is a turn."""
        if not self._turn.acquire(blocking=False):
            running = next((job for job in self._jobs.values() if job.state == "running"), None)
            which = "" if running is None else f" ({running.id}, of {running.model!r}, {running.share:.0%} done)"
            raise Conflict(f"Another backtest is being played{which}; one at a time, so try again when it is done.")
        try:
            found = past()
            self._begun += 1
            model, name = found.model, f"bt_{self._begun}"
            first_us, last_us = model.first_time_us or 0, model.last_time_us or 0
            job = self._jobs[name] = Job(name, model.project, model.name, first_us, last_us + 1)
            for old in list(self._jobs)[:-_KEPT]:
                del self._jobs[old]
            ours, theirs = _SPAWNED.Pipe(duplex=False)
            self._process = _SPAWNED.Process(
                target=_play, args=(theirs, found, options), name=f"seamark-{name}", daemon=True
            )
            self._process.start()
            theirs.close()
            threading.Thread(target=self._follow, args=(job, ours), name=f"seamark-{name}", daemon=True).start()
        except BaseException:
            self._turn.release()
            raise
        return job.told()

    def state(self, project: str, id: str) -> dict[str, Any]:
        """How a play is doing, and what it found; raises NotFound for one that is not known (any more)."""
        job = self._jobs.get(id)
        if job is None or job.project != project:
            raise NotFound(f"There is no backtest {id[:80]!r}; the last {_KEPT} since the server's start are kept.")
        return job.told()

    def stop(self) -> None:
        """End what runs."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _follow(self, job: Job, ours: Connection) -> None:
        """Take what the process tells until it has ended."""
        try:
            while True:
                word, said = ours.recv()
                if word == "share":
                    job.share = said
                elif word == "report":
                    job.report, job.share = said, 1.0
                else:
                    job.error = said
        except (EOFError, OSError):
            pass
        finally:
            ours.close()
            if job.report is None and job.error is None:
                job.error = "The process that played it ended before it was done."
            job.state = "done" if job.error is None else "failed"
            self._turn.release()


def _play(theirs: Connection, past: Past, options: ModelOptions) -> None:
    """The process."""
    os.nice(_GIVES_WAY)
    first_us = past.model.first_time_us or 0
    whole_us = max((past.model.last_time_us or 0) - first_us, 1)

    def progress(time_us: int) -> None:
        theirs.send(("share", min(max((time_us - first_us) / whole_us, 0.0), 0.99)))

    try:
        theirs.send(("report", play_past(past, options, progress)))
    except SeamarkError as wrong:
        theirs.send(("error", wrong.message))
    except Exception as bug:  # noqa: BLE001 the door of the process: its reader must hear of it
        _LOG.exception("A backtest of %r failed.", past.model.name)
        theirs.send(("error", f"Seamark failed at this backtest: {bug!r}."))
