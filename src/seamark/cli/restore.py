"""Make a store of a backup, checking every byte."""

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
from seamark.upkeep import restore


def configure(parser: argparse.ArgumentParser) -> None:
    """Where from; the store must not be there yet."""
    parser.add_argument("folder", metavar="BACKUP", type=Path, help="the folder that `seamark backup` made")
    add_store_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Say what is there now."""
    config = with_store(arguments)
    with progress_bar() as draw:
        copied = restore(config, arguments.folder, functools.partial(draw, "Restored"))
    told = {"store": config.store.path, "made": to_iso(copied.made_us), "bytes": copied.size_bytes}
    if arguments.json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write(
            f"{config.store.path} is what the store was at {told['made']} ({copied.size_bytes / 1e6:,.1f} MB, every"
            " byte checked). What arrived later is not in it: senders that still have it may send it again.\n"
        )
    return 0


COMMAND = Command("restore", "Make a store of a backup, checking every byte.", configure, run)
