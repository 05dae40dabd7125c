"""Send a file of predictions, or a folder of them, to a running server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from seamark import clock
from seamark.cli._progress import Progress, progress_bar
from seamark.cli._remote import Remote, add_remote_options
from seamark.cli._roles import add_role_options, roles_of
from seamark.cli.command import WRONG_USAGE, Command
from seamark.errors import InvalidInput
from seamark.records.log import EntryKind
from seamark.records.wording import counted
from seamark.wire.batch import Batch, encode
from seamark.wire.canonical import Request
from seamark.wire.files import SUFFIXES, FileBatch, OpenFile
from seamark.wire.inference_logs import FORMATS, files_in, open_any
from seamark.wire.json import OUTCOMES_PATH, PREDICTIONS_PATH
from seamark.wire.limits import LONGEST_TEXT, Limits
from seamark.wire.log_format import Told
from seamark.wire.media import Media
from seamark.wire.refusal import Refusal
from seamark.wire.sheets import Naming

_LIMITS = Limits(max_string_chars=LONGEST_TEXT)  # the server cuts texts, where it does not describe them
_SHOWN_REFUSALS = 5


@dataclass(slots=True)
class _Reason:
    """Why rows were refused: the first of them stands for all."""

    first: Refusal
    rows: int = 1

    def __str__(self) -> str:
        more = f" and {self.rows - 1:,} more" if self.rows > 1 else ""
        return f"row {self.first.row}{more}: {self.first.message}"


@dataclass(slots=True)
class _Tally:
    """What became of the file's rows."""

    predictions: int = 0
    outcomes: int = 0
    refused_rows: int = 0
    refused: list[Refusal] = field(default_factory=list)  # the first of them, numbered by the file's rows
    reasons: dict[str, _Reason] = field(default_factory=dict)  # the first of them

    def refuse(self, refusals: Iterable[Refusal], first_row: int) -> None:
        for refusal in refusals:
            self.refused_rows += 1
            numbered = replace(refusal, row=first_row + refusal.row)
            if len(self.refused) < _SHOWN_REFUSALS:
                self.refused.append(numbered)
            why = refusal.message.replace(repr(refusal.value), "", 1)
            if why in self.reasons:
                self.reasons[why].rows += 1
            elif len(self.reasons) < _SHOWN_REFUSALS:
                self.reasons[why] = _Reason(numbered)


def configure(parser: argparse.ArgumentParser) -> None:
    """FILE and its model, and what its columns are."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help=f"one of {', '.join(SUFFIXES)}, an inference log, or a folder of them"
    )
    parser.add_argument(
        "--format",
        choices=["auto", "rows", *FORMATS],
        default="auto",
        help="rows: columns of predictions; else a log of requests and responses (seen from its beginning)",
    )
    parser.add_argument(
        "--input", metavar="NAME", action="append", default=[], help="a log's features in order, where it names none"
    )
    parser.add_argument(
        "--output", metavar="ROLE", action="append", default=[], help="a log's answers in order: prediction, score, …"
    )
    parser.add_argument("--model", metavar="NAME", required=True, help="the model that made the predictions")
    parser.add_argument("--version", metavar="V", default="", help="its version, where the rows name none")
    parser.add_argument("--batch-rows", metavar="N", type=int, default=10_000, help="rows in one request (10,000)")
    parser.add_argument("--json", action="store_true", help="print what became of the rows as JSON")
    add_role_options(parser)
    add_remote_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Send everything that can be sent; 2 when rows had to be left out."""
    if arguments.batch_rows < 1:
        raise InvalidInput(f"--batch-rows must be 1 or more, not {arguments.batch_rows}.", value=arguments.batch_rows)
    tally = _Tally()
    with Remote.named(arguments) as server, progress_bar() as progress:
        for path in files_in(arguments.file):
            opened = _open(path, arguments)
            sys.stderr.writelines(f"{note}\n" for note in opened.notes)
            _send_all(opened, server, progress, tally)
    _tell(tally, arguments.model, as_json=arguments.json)
    return WRONG_USAGE if tally.refused_rows else 0


def _open(path: Path, arguments: argparse.Namespace) -> OpenFile:
    """A file as the format that was named or that it has."""
    request = Request(EntryKind.PREDICTIONS, arguments.model, clock.now_us(), arguments.version)
    naming = Naming(tuple(arguments.input), tuple(arguments.output))
    told = Told(path, arguments.model, arguments.version, arguments.time_zone, naming)
    return open_any(arguments.format, told, roles_of(arguments), request, _LIMITS, batch_rows=arguments.batch_rows)


def _send_all(opened: OpenFile, server: Remote, progress: Progress, tally: _Tally) -> None:
    for batch in opened.batches:
        _send(batch, server, tally)
        done = batch.first_row + batch.rows
        progress(counted(done, "row"), done / opened.total_rows if opened.total_rows else 0.0)


def _send(batch: FileBatch, server: Remote, tally: _Tally) -> None:
    tally.refuse(batch.predictions.refused, batch.first_row)
    tally.predictions += _post(server, PREDICTIONS_PATH, batch.predictions)
    if batch.outcomes is not None:
        tally.outcomes += _post(server, OUTCOMES_PATH, batch.outcomes)


def _post(server: Remote, path: str, batch: Batch) -> int:
    """Rows the server has made durable. The rows were checked here, so a refusal there is of the whole batch."""
    if batch.table.num_rows == 0:
        return 0
    answer = server.post(path, encode(batch.table), Media.ARROW, {"model": batch.model})
    return int(answer["accepted"])


def _tell(tally: _Tally, model: str, *, as_json: bool) -> None:
    if as_json:
        refused = [{"row": each.row, "field": each.field, "message": each.message} for each in tally.refused]
        document = {
            "predictions": tally.predictions,
            "outcomes": tally.outcomes,
            "refused_rows": tally.refused_rows,
            "refused": refused,
        }
        sys.stdout.write(json.dumps(document) + "\n")
        return
    outcomes = f" and {counted(tally.outcomes, 'outcome')}" if tally.outcomes else ""
    # Repeats are recognised later, by the slow lane, so nothing more can be said of them at this moment.
    once = "; predictions that were sent before count once" if tally.predictions else ""
    sys.stdout.write(f"Accepted of {model}: {counted(tally.predictions, 'prediction')}{outcomes}{once}.\n")
    if tally.refused_rows:
        sys.stderr.write(f"Left out: {counted(tally.refused_rows, 'row')}.\n")
        sys.stderr.writelines(f"  {reason}\n" for reason in tally.reasons.values())
        if any("no time zone" in why for why in tally.reasons):
            sys.stderr.write("The zone of times that name none is said with --time-zone, like --time-zone UTC.\n")


COMMAND = Command("ingest", "Send a file of predictions, or a folder of them, to a running server.", configure, run)
