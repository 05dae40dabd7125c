"""Play the past: which alerts there would have been, and what another budget would have given."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa

from seamark import clock
from seamark.cli._progress import Progress, progress_bar
from seamark.cli._roles import add_role_options, roles_of
from seamark.cli._story import story
from seamark.cli.command import Command
from seamark.config import Config, load
from seamark.errors import InvalidInput
from seamark.pipeline.backtest.counted import PROJECT, count_history, notes_on, window_for
from seamark.pipeline.backtest.play import play
from seamark.pipeline.backtest.report import Document, report
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.wording import counted
from seamark.wire.canonical import Request
from seamark.wire.files import SUFFIXES, OpenFile, open_file
from seamark.wire.limits import Limits
from seamark.wire.media import Media
from seamark.wire.refusal import Refusal
from seamark.wire.roles import Roles, infer, those_of
from seamark.wire.tabular import read_table, reference_of

_MEDIA: Final = {".parquet": Media.PARQUET, ".pq": Media.PARQUET, ".csv": Media.CSV, ".arrows": Media.ARROW}
_LIMITS: Final = Limits(max_rows=10_000_000, max_decoded_bytes=8 << 30)  # the file and the memory are the caller's
_BATCH_ROWS: Final = 100_000
_DURATION: Final = re.compile(r"(\d+)\s*(h|d)")
_COUNTING: Final = 0.3  # of the progress bar


@dataclass(slots=True)
class _Read:
    """What became of the file's rows."""

    rows: int = 0
    refused: list[Refusal] = field(default_factory=list)


def configure(parser: argparse.ArgumentParser) -> None:
    """DATA, what it is compared with, and the words of the owner to try."""
    parser.add_argument("data", metavar="DATA", type=Path, help=f"the predictions: one of {', '.join(SUFFIXES)}")
    parser.add_argument(
        "--reference", metavar="REF", type=Path, help=f"what they are compared with: one of {', '.join(_MEDIA)}"
    )
    parser.add_argument("--outcomes", metavar="FILE", type=Path, help="what came true, for the quality")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the configuration to try (default: seamark.toml)")
    parser.add_argument("--model", metavar="NAME", help="the model, as the configuration calls it")
    parser.add_argument("--budget", metavar="N", type=float, help="false incidents a month, instead of its own")
    parser.add_argument("--window", metavar="1h", help="1h, 2h, 3h, 4h, 6h, 8h, 12h or 1d, instead of its own")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    add_role_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Count, play, tell."""
    roles = roles_of(arguments)
    with progress_bar() as progress:
        found = _play(arguments, roles, progress)
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    sys.stderr.writelines(f"{note}\n" for note in found["notes"])
    sys.stdout.write(story(found))
    return 0


def _play(arguments: argparse.Namespace, roles: Roles, progress: Progress) -> Document:
    now_us = clock.now_us()
    name, options = _options(arguments, roles)
    request = Request(EntryKind.PREDICTIONS, name, now_us, "")
    media, table = (None, None) if arguments.reference is None else _table(arguments.reference, "reference")
    opened = _open(arguments.data, roles, request, () if table is None else table.column_names)
    reference = None if table is None else _reference(table, roles, request, is_text=media is Media.CSV)
    read = _Read()
    tables = _tables(opened, read, progress)
    first = next(tables, None)
    notes = list(opened.notes)
    if reference is None:
        notes.append("There is no --reference, so the first 1,000 rows are a provisional one.")
    elif first is not None:
        notes += notes_on(reference, first)
    store = count_history(name, options, reference, chain([] if first is None else [first], tables))
    if read.refused:
        why = read.refused[0]
        notes.append(f"Left out: {counted(len(read.refused), 'row')}; row {why.row}: {why.message}")
    if arguments.outcomes is not None:
        notes.append(_outcomes(arguments.outcomes, roles))
    model = store.slow.model(PROJECT, name)
    assert model is not None  # noqa: S101 counted just now
    length_us, why_length = window_for(store, model, options)
    notes.append(f"Windows of {length_us // clock.HOUR_US} h: {why_length}.")
    if model.duplicates:
        notes.append(f"Counted once, though they came again: {counted(model.duplicates, 'row')}.")
    first_us, last_us = model.first_time_us or 0, model.last_time_us or 1

    def show(time_us: int) -> None:
        share = (time_us - first_us) / max(last_us - first_us, 1)
        progress(f"Playing {clock.to_iso(time_us)[:10]}", _COUNTING + (1 - _COUNTING) * share)

    options = replace(options, window_seconds=length_us // clock.SECOND_US)
    return report(play(store, PROJECT, name, options, show), model.rows, notes)


def _options(arguments: argparse.Namespace, roles: Roles) -> tuple[str, ModelOptions]:
    """The model's name and its owner's words, with those of the command line instead."""
    config = load(arguments.config)
    name = arguments.model or _known(config, arguments.data.stem, asked=arguments.config is not None)
    if arguments.model is not None and config.models and name not in config.models:
        raise InvalidInput(
            f"The configuration has no model {name!r}; it has {', '.join(sorted(config.models))}.", field="model"
        )
    options = config.models.get(name, ModelOptions())
    if arguments.budget is not None:
        options = replace(options, budget=arguments.budget)
    if arguments.window is not None:
        options = replace(options, window_seconds=_seconds(arguments.window))
    if roles.segments and not options.segments:
        options = replace(options, segments=roles.segments)
    return name, options


def _known(config: Config, stem: str, *, asked: bool) -> str:
    """The configuration's only model where one was named, else the one called like the file."""
    if asked and len(config.models) == 1:
        return next(iter(config.models))
    if asked and config.models and stem not in config.models:
        known = ", ".join(sorted(config.models))
        raise InvalidInput(f"The configuration has several models; name one with --model: {known}.", field="model")
    return stem


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(
            f"--window must be whole hours like 1h or 6h, or 1d, not {text!r}.", field="window", value=text
        )
    return int(match[1]) * {"h": 3_600, "d": 86_400}[match[2]]


def _table(path: Path, field: str) -> tuple[Media, pa.Table]:
    media = _MEDIA.get(path.suffix.lower())
    if media is None:
        known = ", ".join(_MEDIA)
        raise InvalidInput(f"{path.name!r} does not end in one of {known}.", field=field, accepted=known)
    try:
        return media, read_table(media, path.read_bytes(), _LIMITS)
    except OSError as failure:
        raise InvalidInput(f"{str(path)!r} cannot be read: {failure.strerror}.", field=field) from failure


def _open(path: Path, roles: Roles, request: Request, others: Collection[str]) -> OpenFile:
    """The data. A named column that only the reference has (`others`) is no mistake."""
    while True:
        try:
            return open_file(path, roles, request, _LIMITS, batch_rows=_BATCH_ROWS)
        except InvalidInput as wrong:
            if wrong.field not in others or wrong.field not in roles.named():
                raise
            roles = those_of(roles, [name for name in roles.named() if name != wrong.field])


def _reference(table: pa.Table, roles: Roles, request: Request, *, is_text: bool) -> pa.Table:
    given, request = those_of(roles, table.column_names), replace(request, kind=EntryKind.REFERENCE)
    batch, _ = reference_of(table, given, request, _LIMITS, is_text=is_text)
    return batch.table


def _tables(opened: OpenFile, read: _Read, progress: Progress) -> Iterator[pa.Table]:
    """The file's predictions, part by part."""
    for batch in opened.batches:
        read.rows = batch.first_row + batch.rows
        read.refused += [replace(each, row=batch.first_row + each.row) for each in batch.predictions.refused]
        yield batch.predictions.table
        share = read.rows / opened.total_rows if opened.total_rows else 0.0
        progress(f"Counted {counted(read.rows, 'row')}", share * _COUNTING)


def _outcomes(path: Path, roles: Roles) -> str:
    """Read them, so that what is wrong with them is said."""
    _, table = _table(path, "outcomes")
    found, _ = infer(table.column_names, those_of(roles, table.column_names))
    if found.id is None:
        raise InvalidInput(
            f"{path.name} has no column that looks like an id, which joins an outcome with its prediction; "
            "name it with --id.",
            field="outcomes",
        )
    read = counted(table.num_rows, "outcome")
    return f"{read} read; outcomes are not joined with their predictions yet, so there is no quality."


COMMAND = Command("backtest", "Play the past: which alerts there would have been.", configure, run)
