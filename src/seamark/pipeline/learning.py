"""Thresholds are learned in a process of its own, so that a server goes on answering meanwhile.

The slow lane waits for it, one model at a time, as if it had learned them itself; only the interpreter, which all
threads share, is free. Nothing of it is remembered: what was being learned when a server stops is due after its start.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from seamark.errors import Unavailable
from seamark.pipeline.calibrating import Calibrator
from seamark.pipeline.windows import RecentWindows
from seamark.profile.bins import BinSets
from seamark.records.model import Model, StoredCalibration
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.protocol import Store

_GIVES_WAY: Final = 10  # of 19: how much nicer than the server the process is
_SPAWNED: Final = multiprocessing.get_context("spawn")  # a fork would inherit the server's threads' locks


class LearningProcess:
    """Begins when there is something to learn and ends when there is nothing more: then its memory is free again.

    `open_store` opens the store beside the one of this process, and can be sent to another one.
    """

    def __init__(self, open_store: Callable[[], Store], threads: int = 1) -> None:
        self._open_store, self._threads = open_store, threads
        self._process: BaseProcess | None = None
        self._ours: Connection | None = None
        self._stopped = threading.Event()

    def learn(self, model: Model, options: ModelOptions, span: Window) -> StoredCalibration | None:
        """What `Calibrator` learns; None after `stop`. Raises Unavailable where it fails, or its process ends."""
        if self._stopped.is_set():
            return None
        try:
            ours = self._ours or self._begin()
            ours.send((model, options, span))
            found, why = ours.recv()
        except (EOFError, OSError) as gone:
            self.rest()
            if self._stopped.is_set():
                return None
            raise Unavailable(f"The process that learned the thresholds of {model.name!r} has ended.") from gone
        if why:
            raise Unavailable(f"The process that learns thresholds failed: {why}.")
        learned: StoredCalibration | None = found
        return learned

    def rest(self) -> None:
        """Nothing is due: end the process."""
        if self._ours is not None:
            self._ours.close()
            self._ours = None
        if self._process is not None:
            self._process.terminate()  # it only reads
            self._process.join()
            self._process = None

    def stop(self) -> None:
        """End what is being learned, from another thread; nothing is learned any more."""
        self._stopped.set()
        process = self._process
        if process is not None:
            process.terminate()

    def _begin(self) -> Connection:
        ours, theirs = _SPAWNED.Pipe()
        process = _SPAWNED.Process(
            target=_run, args=(theirs, self._open_store, self._threads), name="seamark-learning", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._ours = process, ours
        if self._stopped.is_set():  # meanwhile
            process.terminate()
        return ours


def _run(theirs: Connection, open_store: Callable[[], Store], threads: int) -> None:
    """The process. It ends with its parent, whose end of the pipe closes."""
    os.nice(_GIVES_WAY)
    with closing(open_store()) as store:
        while True:
            try:
                model, options, span = theirs.recv()
            except EOFError:
                return
            theirs.send(_learned(store, model, options, span, threads))


def _learned(
    store: Store, model: Model, options: ModelOptions, span: Window, threads: int
) -> tuple[StoredCalibration | None, str]:
    """A calibration, or why there is none; each in memory of its own."""
    calibrator = Calibrator(store, lambda _p, _m: options, BinSets(store.slow), RecentWindows(store), threads)
    try:
        return calibrator.learn(model, options, span), ""
    except Exception as failure:  # noqa: BLE001 the door of the process: its reader must hear of it
        return None, repr(failure)
