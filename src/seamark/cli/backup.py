"""Copy a store, also of a running server, into a new folder."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from pathlib import Path

from seamark.cli._progress import progress_bar
from seamark.cli._store import add_store_options, with_store
from seamark.cli.command import Command
from seamark.clock import to_iso
from seamark.records.wording import counted
from seamark.upkeep import back_up, verify_backup


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to, and what to do there."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder, for example one per day")
    add_store_options(parser)
    parser.add_argument(
        "--verify", action="store_true", help="make none: read every byte of the backup that DIR is, and compare"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what was copied."""
    verb = "Read" if arguments.verify else "Copied"
    with progress_bar() as draw:
        progress = functools.partial(draw, verb)
        if arguments.verify:
            copied = verify_backup(arguments.folder, progress)
        else:
            copied = back_up(with_store(arguments), arguments.folder, progress)
    if arguments.json:
        told = {"made": to_iso(copied.made_us), "files": len(copied.files), "bytes": copied.size_bytes}
        sys.stdout.write(json.dumps({**told, "log_seq": copied.log_seq}) + "\n")
    else:
        size = f"{copied.size_bytes / 1e6:,.1f} MB in {counted(len(copied.files), 'file')}"
        sys.stdout.write(f"{verb} {size}, as of {to_iso(copied.made_us)}; every byte has a checksum.\n")
    return 0


COMMAND = Command("backup", "Copy a store, also of a running server, into a new folder.", configure, run)
