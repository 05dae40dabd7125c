"""The past of a model that a store keeps: profiles, not rows, so it reaches back as far as those do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from seamark.clock import HOUR_US, SECOND_US
from seamark.errors import InvalidInput, NotFound
from seamark.pipeline.backtest.counted import window_for
from seamark.pipeline.backtest.play import Progress, play
from seamark.pipeline.backtest.report import Document, report
from seamark.records.blocks import ProfileBlock, SlowStep
from seamark.records.model import Model, StoredAttribution, StoredBaseline, StoredBinSet
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.memory.scratch import ScratchStore
from seamark.store.protocol import Store

MOST_BLOCKS: Final = 200_000  # of an hour, a version and a segment each: some hundred megabytes
FIXED: Final = ("task", "features", "segments", "decision_thresholds", "inputs", "outputs", "retired")
"""Options that say how rows are counted, and rows are not counted again."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a play needs of one model; it can be sent to another process."""

    model: Model
    bin_sets: tuple[StoredBinSet, ...]
    baselines: tuple[StoredBaseline, ...]
    attributions: tuple[StoredAttribution, ...]
    blocks: tuple[ProfileBlock, ...]


def past_of(store: Store, project: str, name: str, window: Window | None) -> Past:
    """The stored past of a model, or the part of it in `window`.

    Raises NotFound for a model that does not exist, InvalidInput for one that nothing is stored of, or too much.
    """
    model = store.slow.model(project, name)
    if model is None:
        raise NotFound(f"There is no model {name!r}; GET /v1/models lists those there are.")
    if model.bin_set is None or model.first_time_us is None:
        raise InvalidInput(f"Of model {name!r} no profile is stored yet: it has no reference.", field="model")
    window = window or Window(model.first_time_us, (model.last_time_us or 0) + 1)
    window = Window(window.start_us // HOUR_US * HOUR_US, -(-window.end_us // HOUR_US) * HOUR_US)  # of whole blocks
    blocks: list[ProfileBlock] = []
    for segment in ("", *model.segments):
        blocks += store.slow.profiles(project, name, model.bin_set, window, segment=segment)
        if len(blocks) > MOST_BLOCKS:
            raise InvalidInput(
                f"That time holds more than {MOST_BLOCKS:,} stored profiles of {name!r}; play a shorter one.",
                field="from",
                accepted=f"at most {MOST_BLOCKS:,} hours times versions times segments",
            )
    if not blocks:
        raise InvalidInput(f"No traffic of {name!r} is stored in that time.", field="from")
    return Past(
        _unjudged(model, window),
        tuple(each for each in store.slow.bin_sets(project, name) if each.id == model.bin_set),
        tuple(each for each in store.slow.baselines(project, name) if each.bin_set == model.bin_set),
        tuple(each for each in store.slow.attributions(project, name) if each.bin_set == model.bin_set),
        tuple(blocks),
    )


def play_past(past: Past, options: ModelOptions, progress: Progress | None = None) -> Document:
    """Play it under `options` and report."""
    store, model = ScratchStore(), past.model
    rows = sum(block.rows for block in past.blocks if not block.key.segment)
    step = SlowStep(watermark_seq=0, models=(replace(model, rows=rows),), bin_sets=past.bin_sets)
    step = replace(step, baselines=past.baselines, attributions=past.attributions, blocks=past.blocks)
    store.slow.commit(step)
    if options.window_seconds is None and model.window_us is not None:
        length_us, why = model.window_us, "as the model is judged now"
    else:
        length_us, why = window_for(store, model, options)
    options = replace(options, window_seconds=length_us // SECOND_US)
    found = play(store, model.project, model.name, options, progress)
    return report(found, rows, [f"Windows of {length_us // HOUR_US} h: {why}."])


def _unjudged(model: Model, window: Window) -> Model:
    """The model as if it had been seen in `window` only, and nothing of that been judged."""
    return replace(
        model,
        first_time_us=max(model.first_time_us or 0, window.start_us),
        last_time_us=min(model.last_time_us or 0, window.end_us - 1),
        evaluated_through_us=None,
        monitor_set=None,
        segment_monitor_set=None,
        version_monitor_set=None,
        retired=False,
    )
