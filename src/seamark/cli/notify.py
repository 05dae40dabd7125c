"""Send a test message to a configured receiver."""

from __future__ import annotations

import argparse
import json
import sys
from difflib import get_close_matches
from pathlib import Path

from seamark import clock
from seamark.app import send_test
from seamark.cli.command import Command
from seamark.config import load
from seamark.errors import NotFound


def configure(parser: argparse.ArgumentParser) -> None:
    """`test RECEIVER`."""
    chosen = parser.add_subparsers(dest="what", required=True, metavar="WHAT", help="test: send one message")
    test = chosen.add_parser("test", help="send a test message and say what became of it")
    test.add_argument("receiver", metavar="RECEIVER", help="a name of [receivers.NAME]")
    test.add_argument("--config", metavar="FILE", type=Path, default=None, help="default: seamark.toml here")
    test.add_argument("--json", action="store_true", help="print what became of it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """From this machine, with the configuration it reads: no server is asked."""
    config = load(arguments.config)
    name = arguments.receiver
    if name not in config.receivers:
        near = get_close_matches(name, config.receivers, n=1)
        known = ", ".join(sorted(config.receivers)) or "none"
        hint = f"did you mean {near[0]}?" if near else f"the configuration has: {known}."
        raise NotFound(f"There is no receiver {name!r}; {hint}")
    failure = send_test(config, name, clock.now_us())
    if arguments.json:
        sys.stdout.write(json.dumps({"receiver": name, "delivered": failure is None, "error": failure}) + "\n")
    else:
        sys.stdout.write(f"{name} has taken the message.\n" if failure is None else f"{failure}\n")
    return 0 if failure is None else 1


COMMAND = Command("notify", "Send a test message to a receiver.", configure, run)
