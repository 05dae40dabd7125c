"""The options that name column roles, the same for every command that reads a file."""

from __future__ import annotations

import argparse

from seamark.wire.roles import Roles, parse_score

_SAID = "; inferred from its name otherwise, and said"


def add_role_options(parser: argparse.ArgumentParser) -> None:
    """`--time`, `--id`, `--prediction`, `--score`, `--outcome`, `--segment`, `--exclude`, `--time-zone`."""
    roles = parser.add_argument_group("columns", "What is not named is inferred, and said.")
    roles.add_argument("--time", metavar="COL", help=f"when the prediction was made{_SAID}")
    roles.add_argument("--id", metavar="COL", help=f"the prediction's id{_SAID}")
    roles.add_argument("--prediction", metavar="COL", help=f"the predicted class or value{_SAID}")
    roles.add_argument(
        "--score", metavar="COL[=CLASS]", action="append", default=[], help="a probability; once per class where named"
    )
    roles.add_argument("--outcome", metavar="COL", help=f"what came true{_SAID}")
    roles.add_argument("--segment", metavar="COL", action="append", default=[], help="a dimension to watch apart")
    roles.add_argument("--exclude", metavar="COL", action="append", default=[], help="a column to leave out")
    roles.add_argument("--time-zone", metavar="ZONE", help="of times that name none, like Europe/Paris")


def roles_of(arguments: argparse.Namespace) -> Roles:
    """What was named."""
    return Roles(
        time=arguments.time,
        id=arguments.id,
        prediction=arguments.prediction,
        scores=tuple(map(parse_score, arguments.score)),
        outcome=arguments.outcome,
        segments=tuple(arguments.segment),
        excluded=tuple(arguments.exclude),
        time_zone=arguments.time_zone,
    )
