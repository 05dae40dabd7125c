"""The terminal's door: `seamark COMMAND …`, one file of this folder per command.

Only the chosen command's file is imported, so that a command is as quick as what it needs. Exit codes: 0 fine,
1 drift found (`compare --fail-on`) or something wrong (`doctor`), 2 wrong usage or input, 70 a bug in Seamark.
"""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import seamark
from seamark.cli.command import WRONG_USAGE, Command, Parser
from seamark.errors import InvalidInput, SeamarkError

BUG = 70  # EX_SOFTWARE of sysexits.h: must not be mistaken for "drift found"
INTERRUPTED = 130  # as shells say it: 128 + SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every failure is one sentence on stderr."""
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except SeamarkError as wrong:
        sys.stderr.write(f"seamark: {wrong.message}\n")
        return WRONG_USAGE
    except BrokenPipeError:  # the reader of a pipe (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 the door: say that it is our fault, and do not exit as "drift found"
        traceback.print_exc()
        sys.stderr.write("seamark: this is a bug in Seamark; the lines above belong in its report.\n")
        return BUG
    return code


def commands() -> dict[str, str]:
    """Every command and its line of help (the first of its file's docstring), read without importing it."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_") and module.name != "command":
            text = Path(__path__[0], f"{module.name}.py").read_text(encoding="utf-8")
            found[module.name.replace("_", "-")] = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    return dict(sorted(found.items()))


def load(name: str) -> Command:
    """A command by name; raises InvalidInput for one that does not exist or lacks an extra."""
    known = commands()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}."
        raise InvalidInput(f"There is no command '{name}'; {hint}", value=name)
    try:
        module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "seamark":
            raise
        raise InvalidInput(
            f"`seamark {name}` needs the package {missing.name}, which is not installed: pip install 'seamark[server]'."
        ) from missing
    command: Command = module.COMMAND
    return command


def parser_of(command: Command) -> Parser:
    """The argument parser of one command."""
    parser = Parser(prog=f"seamark {command.name}", description=command.help)
    command.configure(parser)
    return parser


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview())
        return 0 if arguments else WRONG_USAGE
    if arguments[0] in ("-V", "--version"):
        sys.stdout.write(f"seamark {seamark.__version__}\n")
        return 0
    command = load(arguments[0])
    return command.run(parser_of(command).parse_args(arguments[1:]))


def _overview() -> str:
    known = commands()
    width = max(map(len, known))
    lines = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in known.items())
    return (
        "usage: seamark COMMAND [options]\n\n"
        "Watches machine-learning models in production and tells their owners about degradation\n"
        "before their users notice.\n\n"
        f"{lines}\n\n`seamark COMMAND --help` says more about each.\n"
    )
