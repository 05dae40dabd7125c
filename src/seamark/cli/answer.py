"""Say what an alert or an incident was: new normal, expected event, resolved or false alarm."""

from __future__ import annotations

import argparse
import json
import sys
from urllib.parse import quote

from seamark.cli._remote import Remote, add_remote_options
from seamark.cli.command import Command
from seamark.records.answer import AnswerKind
from seamark.records.wording import counted

_INCIDENT = "inc_"


def configure(parser: argparse.ArgumentParser) -> None:
    """ID and ANSWER, and why."""
    parser.add_argument("id", metavar="ID", help="an alert (alt_…), or an incident (inc_…) for all its open alerts")
    words = ", ".join(f"{kind} ({kind.meaning})" for kind in AnswerKind)
    parser.add_argument("answer", metavar="ANSWER", help=f"{words}, or of an incident acknowledge (somebody is at it)")
    parser.add_argument("--comment", metavar="TEXT", default="", help="why, for those who read it later")
    parser.add_argument("--json", action="store_true", help="print the server's answer as JSON")
    add_remote_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Send it; the server says whether it can be so."""
    kind = "incidents" if arguments.id.startswith(_INCIDENT) else "alerts"
    path = f"/v1/{kind}/{quote(arguments.id, safe='')}/{quote(arguments.answer, safe='')}"
    with Remote.named(arguments) as server:
        said = server.post(path, json.dumps({"comment": arguments.comment}).encode(), "application/json")
    if arguments.json:
        sys.stdout.write(json.dumps(said) + "\n")
        return 0
    if "alerts" not in said:
        sys.stdout.write(f"{said['incident']}: somebody is at it; nobody is reminded any more.\n")
        return 0
    sys.stdout.write(f"{counted(len(said['alerts']), 'alert')}: {AnswerKind(said['answer']).meaning}.\n")
    return 0


COMMAND = Command("answer", "Say what an alert or an incident was.", configure, run)
