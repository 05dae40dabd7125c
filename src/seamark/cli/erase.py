"""Delete everything stored about some predictions, by id."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from seamark.cli._store import add_store_options, with_store
from seamark.cli.command import Command
from seamark.errors import InvalidInput
from seamark.records.wording import counted
from seamark.upkeep import erase


def configure(parser: argparse.ArgumentParser) -> None:
    """Whose, and which; the server must be stopped."""
    parser.add_argument("model", metavar="MODEL", help="whose predictions")
    parser.add_argument(
        "ids", metavar="FILE", type=Path, help="a file with an id a line; ids in a command line could be read by others"
    )
    parser.add_argument("--project", metavar="NAME", default="default", help="whose model (default: default)")
    add_store_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say how many rows are gone."""
    try:
        ids = [line for line in arguments.ids.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as wrong:
        raise InvalidInput(f"The ids cannot be read from {str(arguments.ids)!r}: {wrong}.") from wrong
    if not ids:
        raise InvalidInput(f"{str(arguments.ids)!r} holds no id; write one a line.")
    erased = erase(with_store(arguments), arguments.project, arguments.model, ids)
    if arguments.json:
        sys.stdout.write(json.dumps({"ids": len(ids), **erased}) + "\n")
    else:
        rows = ", ".join(f"{counted(number, 'row')} of {kind}" for kind, number in erased.items())
        sys.stdout.write(
            f"Of {counted(len(ids), 'id')}, gone: {rows}. Profiles and quality are those of the other rows.\n"
            "Still there, if they were made: backups, logs of receivers, copies you exported.\n"
        )
    return 0


COMMAND = Command("erase", "Delete everything stored about some predictions, by id.", configure, run)
