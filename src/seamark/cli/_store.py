"""Which store a command works on: the options `--config` and `--data`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from seamark.config import Config, load


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """The two ways to name a store."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="which store: a configuration file")
    parser.add_argument("--data", metavar="DIR", help="which store: its folder")


def with_store(arguments: argparse.Namespace) -> Config:
    """The configuration, with the folder the command line names; raises InvalidConfig."""
    config = load(arguments.config)
    return replace(config, store=replace(config.store, path=arguments.data)) if arguments.data else config
