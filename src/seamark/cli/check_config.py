"""Check a configuration file and print the effective tree, defaults included."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path

from seamark.cli.command import Command
from seamark.config import effective, load


def configure(parser: argparse.ArgumentParser) -> None:
    """FILE is optional, as it is for the server."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="default: seamark.toml here; without one, the defaults"
    )
    parser.add_argument("--json", action="store_true", help="print the tree as JSON instead of TOML")


def run(arguments: argparse.Namespace) -> int:
    """Secrets appear as where they come from."""
    tree = effective(load(arguments.file))
    sys.stdout.write(json.dumps(tomllib.loads(tree), indent=2) + "\n" if arguments.json else tree)
    return 0


COMMAND = Command("check-config", "Check a configuration file and print the effective tree.", configure, run)
