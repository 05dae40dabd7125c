"""Tell nobody for a while: make, list and end silences."""

from __future__ import annotations

import argparse
import json
import re
import sys
from urllib.parse import quote

from seamark import clock
from seamark.cli._remote import Remote, add_remote_options
from seamark.cli.command import Command
from seamark.errors import InvalidInput

_DURATION = re.compile(r"(\d+)([mhd])")
_UNIT_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


def configure(parser: argparse.ArgumentParser) -> None:
    """`add`, `list` and `end`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|list|end", help="what to do")
    add = actions.add_parser("add", help="tell nobody of what fits")
    add.add_argument("matchers", metavar="MATCHER", nargs="+", help="like model=fraud or 'layer=~data|model'")
    add.add_argument("--for", dest="duration", metavar="TIME", required=True, help="how long: 30m, 2h, 1d")
    add.add_argument("--comment", metavar="TEXT", default="", help="why, for those who read it later")
    end = actions.add_parser("end", help="end a silence now")
    end.add_argument("id", metavar="ID", help="as `seamark silence list` shows it")
    for action in (add, actions.add_parser("list", help="those in force and to come"), end):
        action.add_argument("--json", action="store_true", help="print the server's answer as JSON")
        add_remote_options(action)


def run(arguments: argparse.Namespace) -> int:
    """Ask the server."""
    with Remote.named(arguments) as server:
        actions = {"add": _add, "list": _list, "end": _end}
        told, lines = actions[arguments.action](server, arguments)
    sys.stdout.write(json.dumps(told) + "\n" if arguments.json else "".join(f"{line}\n" for line in lines))
    return 0


def _add(server: Remote, arguments: argparse.Namespace) -> tuple[object, list[str]]:
    match = _DURATION.fullmatch(arguments.duration)
    if match is None:
        raise InvalidInput(f"--for {arguments.duration!r} is no time; write 30m, 2h or 1d.", value=arguments.duration)
    seconds = int(match[1]) * _UNIT_SECONDS[match[2]]
    said = {"matchers": arguments.matchers, "for_seconds": seconds, "comment": arguments.comment}
    told = server.post("/v1/silences", json.dumps(said).encode(), "application/json")
    return told, [f"{told['id']}: silent until {clock.to_iso(told['to_ms'] * 1000)}: {', '.join(told['matchers'])}."]


def _list(server: Remote, _arguments: argparse.Namespace) -> tuple[object, list[str]]:
    told = server.get("/v1/silences")
    lines = [
        f"{each['id']}  until {clock.to_iso(each['to_ms'] * 1000)}  {', '.join(each['matchers'])}  "
        f"{each['by']}: {each['comment']}".rstrip(": ")
        for each in told["silences"]
    ]
    return told, lines or ["Nothing is silent."]


def _end(server: Remote, arguments: argparse.Namespace) -> tuple[object, list[str]]:
    told = server.delete(f"/v1/silences/{quote(arguments.id, safe='')}")
    return told, [f"{arguments.id} is over."]


COMMAND = Command("silence", "Tell nobody for a while.", configure, run)
