"""Print what brings Seamark's findings into the tools people have: a Grafana dashboard, rules for Prometheus."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.resources import files

from seamark.cli._grafana import dashboard
from seamark.cli.command import Command

_RULES = "prometheus_rules.yml"


def configure(parser: argparse.ArgumentParser) -> None:
    """What to export."""
    what = parser.add_subparsers(
        dest="what", metavar="WHAT", required=True, help="grafana-dashboard or prometheus-rules"
    )
    grafana = what.add_parser("grafana-dashboard", help="a dashboard over /metrics, for Grafana to import")
    grafana.add_argument("--title", metavar="TEXT", default="Seamark", help="its title (Seamark)")
    what.add_parser("prometheus-rules", help="recording and alerting rules over /metrics, for rule_files")


def run(arguments: argparse.Namespace) -> int:
    """To the standard output; needs no server."""
    if arguments.what == "prometheus-rules":
        sys.stdout.write((files("seamark.cli") / _RULES).read_text(encoding="utf-8"))
    else:
        sys.stdout.write(json.dumps(dashboard() | {"title": arguments.title}, indent=1) + "\n")
    return 0


COMMAND = Command("export", "Print a Grafana dashboard, or rules for Prometheus.", configure, run)
