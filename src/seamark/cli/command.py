"""What one file of this folder adds: a command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from seamark.errors import InvalidInput

WRONG_USAGE = 2


@dataclass(frozen=True, slots=True)
class Command:
    """`run` returns the exit code: 0 fine, 1 drift found (where asked), 2 wrong usage or input."""

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """argparse, but what is wrong is one sentence, and an unknown option names the nearest there is."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_abbrev", False)  # an abbreviation would break when its neighbour is born
        super().__init__(**settings)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As argparse; raises InvalidInput instead of ending the process."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            near = get_close_matches(unknown[0].partition("=")[0], self.option_strings(), n=1)
            hint = f"did you mean {near[0]}?" if near else f"see `{self.prog} --help`."
            raise InvalidInput(f"`{self.prog}` does not take {unknown[0]!r}; {hint}", value=unknown[0])
        return parsed

    def option_strings(self) -> list[str]:
        """Every option of this command and its subcommands."""
        nested = [
            option
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 argparse shows them nowhere else
            for parser in action.choices.values()
            for option in parser.option_strings()
        ]
        return [*self._option_string_actions, *nested]

    def error(self, message: str) -> NoReturn:
        """Raises InvalidInput."""
        raise InvalidInput(f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.")
