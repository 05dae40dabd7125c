"""Compare two data sets (Parquet, CSV or JSON lines) and say which columns drifted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from seamark.cli._progress import progress_bar
from seamark.cli.command import Command
from seamark.compare import Report, Rule, compare
from seamark.compare.terminal import colour, table
from seamark.errors import InvalidInput

_DRIFT_FOUND: Final = 1
_RULE: Final = Rule()
_ALL: Final = 1_000_000
_NEAREST: Final = 10
_ROLES: Final = {
    "time": "when the prediction was made (not compared)",
    "id": "the prediction's id (not compared)",
    "prediction": "what the model answered",
    "score": "its probability; COL=CLASS once per class of several",
    "outcome": "what came true",
    "segment": "a dimension of segments",
    "exclude": "not to be compared",
}


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "reference", metavar="REF", help="the data to compare with: a file, or a folder of Parquet files"
    )
    parser.add_argument("current", metavar="CUR", help="the data to judge")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--html", metavar="FILE", help="write a self-contained page")
    parser.add_argument(
        "--all", action="store_true", help="list every stable column too, not only those nearest to drift"
    )
    parser.add_argument(
        "--fail-on", choices=("drift",), help="exit with 1 when a column drifted, is gone or has changed its type"
    )
    roles = parser.add_argument_group("roles of columns", "may be repeated; what is not named is inferred and said")
    for name, text in _ROLES.items():
        roles.add_argument(f"--{name}", metavar="COL[=CLASS]" if name == "score" else "COL", action="append", help=text)
    rule = parser.add_argument_group("what counts as drift")
    rule.add_argument("--alpha", type=float, default=_RULE.alpha, help="of adjusted p-values (default %(default)s)")
    rule.add_argument(
        "--smallest-distance",
        type=float,
        default=_RULE.smallest_distance,
        metavar="D",
        help="smallest Jensen-Shannon distance that matters (default %(default)s)",
    )
    rule.add_argument(
        "--smallest-share",
        type=float,
        default=_RULE.smallest_share,
        metavar="S",
        help="smallest change in the share of missing, mistyped or unseen values that matters (default %(default)s)",
    )
    rule.add_argument(
        "--min-rows",
        type=int,
        default=_RULE.min_rows,
        metavar="N",
        help="values needed on either side (default %(default)s)",
    )


def _run(args: argparse.Namespace) -> int:
    with progress_bar() as progress:
        report = compare(
            args.reference,
            args.current,
            **{name: getattr(args, name) for name in _ROLES if name != "score"},
            score=None if args.score is None else _scores(args.score),
            rule=Rule(args.alpha, args.smallest_distance, args.smallest_share, args.min_rows),
            progress=progress,
        )
    _write(report, args)
    return _DRIFT_FOUND if args.fail_on and not report.ok else 0


def _scores(named: list[str]) -> dict[str, str]:
    """Column → class, of `COL` or `COL=CLASS`."""
    pairs = [name.rpartition("=") for name in named]
    return {(column or label): (label if column else "") for column, _, label in pairs}


def _write(report: Report, args: argparse.Namespace) -> None:
    if args.html:
        try:
            report.to_html(Path(args.html))
        except OSError as error:
            raise InvalidInput(f"{args.html!r} cannot be written: {error.strerror}.", value=args.html) from error
    if args.json:
        print(report.to_json())
        return
    coloured = sys.stdout.isatty()
    stable = _ALL if args.all else _NEAREST
    width = None if coloured else 160
    print(table(report.findings, width=width, stable=stable, paint=colour if coloured else None))
    if args.html:
        print(f"\nwritten to {args.html}")


COMMAND = Command(
    name="compare",
    help="Compare two data sets (Parquet, CSV or JSON lines) and say which columns drifted.",
    configure=_configure,
    run=_run,
)
