"""Make, list and revoke the tokens that open the server's door."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from seamark import clock
from seamark.app import open_accounts
from seamark.cli.command import Command
from seamark.config import Config, load
from seamark.errors import InvalidInput, NotFound
from seamark.records.token import StoredToken, issue


def configure(parser: argparse.ArgumentParser) -> None:
    """Three actions on the store of one configuration, which a server may have open."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="create|list|revoke", help="what to do")
    create = actions.add_parser("create", help="make a token and show its secret, this once")
    create.add_argument("name", metavar="NAME", help="who will use it, for people")
    create.add_argument("--project", metavar="NAME", default="default", help="what it opens (default: default)")
    revoke = actions.add_parser("revoke", help="make a token useless; a running server notices within seconds")
    revoke.add_argument("id", metavar="ID", help="as `seamark token list` shows it")
    for action in (create, actions.add_parser("list", help="show every token, never its secret"), revoke):
        action.add_argument("--config", metavar="FILE", type=Path, help="which store: a configuration file")
        action.add_argument("--data", metavar="DIR", help="which store: its folder")
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what was done."""
    config = load(arguments.config)
    if arguments.data:
        config = replace(config, store=replace(config.store, path=arguments.data))
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    sys.stdout.write(actions[arguments.action](config, arguments) + "\n")
    return 0


def _create(config: Config, arguments: argparse.Namespace) -> str:
    if not arguments.name.strip():
        raise InvalidInput("A token needs a name, so that people know whose it is.", value=arguments.name)
    token, secret = issue(arguments.name, arguments.project, clock.now_us())
    with open_accounts(config) as accounts:
        accounts.put_token(token)
    if arguments.json:
        return json.dumps({**_shown(token), "secret": secret})
    sys.stderr.write(f"Token {token.id} ({token.name}) opens project {token.project}. Its secret, shown only now:\n")
    return secret


def _list(config: Config, arguments: argparse.Namespace) -> str:
    _check_there(config)
    with open_accounts(config) as accounts:
        tokens = accounts.tokens()
    if arguments.json:
        return json.dumps({"tokens": [_shown(token) for token in tokens]}, indent=2)
    return "\n".join(_line(token) for token in tokens) or "There are no tokens."


def _revoke(config: Config, arguments: argparse.Namespace) -> str:
    _check_there(config)
    with open_accounts(config) as accounts:
        found = next((token for token in accounts.tokens() if token.id == arguments.id), None)
        if found is None:
            raise NotFound(f"There is no token {arguments.id!r}; `seamark token list` shows them all.")
        revoked = found if found.revoked_us else replace(found, revoked_us=clock.now_us())
        accounts.put_token(revoked)
        nobody = all(token.revoked_us for token in accounts.tokens())
    if nobody:
        sys.stderr.write("No token is valid now, so nobody can pass; `seamark token create` makes a new one.\n")
    return json.dumps(_shown(revoked)) if arguments.json else _line(revoked)


def _check_there(config: Config) -> None:
    """Only making a token may make the store: a wrong path must not look like one without tokens."""
    if not Path(config.store.path).is_dir():
        raise NotFound(f"There is no store at {config.store.path!r}; name it with --data or --config.")


def _line(token: StoredToken) -> str:
    state = f"revoked {clock.to_iso(token.revoked_us)}" if token.revoked_us else "valid"
    return f"{token.id}  {token.name}  project {token.project}  made {clock.to_iso(token.created_us)}  {state}"


def _shown(token: StoredToken) -> dict[str, str | None]:
    return {
        "id": token.id,
        "name": token.name,
        "project": token.project,
        "created": clock.to_iso(token.created_us),
        "revoked": clock.to_iso(token.revoked_us) if token.revoked_us else None,
    }


COMMAND = Command("token", "Make, list and revoke the tokens that open the server's door.", configure, run)
