"""What is done to a store beside or without a running server: copies, repairs, deletions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from seamark import clock
from seamark.config import Config
from seamark.errors import NotFound, Unavailable
from seamark.pipeline import containment
from seamark.pipeline.tick import Pipeline
from seamark.profile.bins import BinSets
from seamark.profile.erase import Eraser
from seamark.profile.graded import Gradings
from seamark.profile.matching import Matcher
from seamark.records.options import ModelOptions
from seamark.store.backends import local
from seamark.store.protocol import Store


def back_up(config: Config, target: Path, progress: local.Progress) -> local.Copied:
    """Copy the configured store, also of a running server, into a new folder."""
    return local.back_up(Path(config.store.path), target, clock.now_us(), progress)


def restore(config: Config, source: Path, progress: local.Progress) -> local.Copied:
    """Make the configured store of a backup; no server may run on it."""
    return local.restore(source, Path(config.store.path), progress)


def verify_backup(source: Path, progress: local.Progress) -> local.Copied:
    """Read every byte of a backup."""
    return local.verify(source, progress)


def repair(config: Config, source: Path | None) -> list[local.Mended]:
    """Mend the configured store as far as can be; no server may run."""
    with closing(local.LocalStore(Path(config.store.path))) as store:
        return store.repair(source)


def erase(config: Config, project: str, name: str, ids: Sequence[str]) -> dict[str, int]:
    """Delete everything stored about some ids of a model; how many rows that were, by kind. No server may run.

    Raises NotFound for an unknown model, Conflict or Unavailable while its rows cannot be told.
    """
    options_for = functools.partial(_options_for, config)
    with closing(local.LocalStore(Path(config.store.path))) as store:
        pipeline = Pipeline(store, options_for, receivers={}, base_url="")
        while pipeline.slow_lane(clock.now_us()):  # what waits in the log has its rows found like all others
            pass
        model = store.slow.model(project, name)
        if model is None:
            raise NotFound(f"There is no model {name!r} in project {project!r}.")
        if store.log.pending()[0]:
            raise Unavailable("Some batches wait in the log and cannot be accounted for yet; try again later.")
        eraser = Eraser(store, BinSets(store.slow), Matcher(store, Gradings(store.slow)))
        step, erased = eraser.erase(model, options_for(project, name), ids)
        store.slow.commit(step)
        store.scrub()
        return erased


def retry_set_aside(store: Store) -> int:
    """Put the batches that could not be accounted for into the log anew; returns how many. No server may run."""
    return containment.retry(store)


def _options_for(config: Config, _project: str, model: str) -> ModelOptions:
    return config.models.get(model) or ModelOptions()
