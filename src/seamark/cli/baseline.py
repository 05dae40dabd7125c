"""Give a model its reference: what its traffic is compared with."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from seamark.cli._remote import Remote, add_remote_options
from seamark.cli._roles import add_role_options, roles_of
from seamark.cli.command import Command
from seamark.errors import InvalidInput
from seamark.records.wording import counted
from seamark.wire.json import baseline_path
from seamark.wire.media import Media
from seamark.wire.roles import Roles

_MEDIA = {".parquet": Media.PARQUET, ".pq": Media.PARQUET, ".csv": Media.CSV, ".arrows": Media.ARROW}


def configure(parser: argparse.ArgumentParser) -> None:
    """MODEL FILE, and what its columns are."""
    parser.add_argument("model", metavar="MODEL", help="the model's name")
    parser.add_argument("file", metavar="FILE", type=Path, help="Parquet, CSV, or an Arrow IPC stream (.arrows)")
    parser.add_argument("--json", action="store_true", help="print the server's answer as JSON")
    add_role_options(parser)
    add_remote_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Upload the file as it is; the server reads it."""
    media = _MEDIA.get(arguments.file.suffix.lower())
    if media is None:
        known = ", ".join(_MEDIA)
        raise InvalidInput(f"{arguments.file.name!r} does not end in one of {known}.", accepted=known)
    try:
        body = arguments.file.read_bytes()
    except OSError as failure:
        raise InvalidInput(f"{str(arguments.file)!r} cannot be read: {failure.strerror}.") from failure
    with Remote.named(arguments) as server:
        answer = server.post(baseline_path(arguments.model), body, media, query_of(roles_of(arguments)))
    if arguments.json:
        sys.stdout.write(json.dumps(answer) + "\n")
        return 0
    sys.stderr.writelines(f"{note}\n" for note in answer.get("notes", ()))
    sys.stdout.write(f"The reference of {arguments.model} has {counted(answer['accepted'], 'row')}.\n")
    return 0


def query_of(roles: Roles) -> dict[str, str | list[str]]:
    """The roles as the query of the baseline endpoint."""
    single = {
        "time": roles.time,
        "id": roles.id,
        "prediction": roles.prediction,
        "outcome": roles.outcome,
        "time_zone": roles.time_zone,
    }
    several = {
        "score": [column if label is None else f"{column}={label}" for column, label in roles.scores],
        "segment": list(roles.segments),
        "exclude": list(roles.excluded),
    }
    return {name: value for name, value in {**single, **several}.items() if value}


COMMAND = Command("baseline", "Give a model its reference: what its traffic is compared with.", configure, run)
