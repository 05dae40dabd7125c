"""Run the server: ingest, monitoring, notifications and the screen, in one process."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from seamark.app import build, open_accounts
from seamark.cli.command import Command
from seamark.config import Config, load
from seamark.errors import InvalidInput
from seamark.server.auth import is_loopback
from seamark.server.logs import configure_logs
from seamark.server.run import run as serve


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything else is said in the configuration file."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="default: seamark.toml here; without one, the defaults"
    )
    parser.add_argument("--host", metavar="ADDRESS", help="listen there instead of server.host (127.0.0.1)")
    parser.add_argument(
        "--port", metavar="PORT", type=int, help="listen there instead of server.port (8420); 0 = any free"
    )
    parser.add_argument("--data", metavar="DIR", help="keep everything there instead of store.path (seamark-data)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C; 0 after everything accepted is stored."""
    config = configured(arguments)
    refuse_an_open_door(config)
    configure_logs()
    app = build(config)
    serve(app, config.server.port, listening=_announce, stop_seconds=config.ingest.drain_seconds)
    return 0


def configured(arguments: argparse.Namespace) -> Config:
    """The configuration, with what the command line says instead."""
    config = load(arguments.config)
    said = {"host": arguments.host, "port": arguments.port}
    server = replace(config.server, **{name: value for name, value in said.items() if value is not None})
    store = replace(config.store, path=arguments.data) if arguments.data else config.store
    return replace(config, server=server, store=store)


def refuse_an_open_door(config: Config) -> None:
    """Others than this machine may only be listened to when they can be told apart; raises InvalidInput."""
    if is_loopback(config.server.host) or _has_token(config):
        return
    raise InvalidInput(
        f"{config.server.host} can be reached from other machines, and there is no token yet: "
        f"make one with `seamark token create NAME --data {config.store.path}`, then start again.",
        field="server.host",
        value=config.server.host,
    )


def _has_token(config: Config) -> bool:
    if not Path(config.store.path).is_dir():  # a refused start leaves nothing behind
        return False
    with open_accounts(config) as accounts:
        return any(token.revoked_us is None for token in accounts.tokens())


def _announce(address: str) -> None:
    sys.stdout.write(f"Seamark is at {address} (Ctrl-C stops it)\n")
    sys.stdout.flush()


COMMAND = Command("serve", "Run the server: ingest, monitoring, notifications and the screen.", configure, run)
