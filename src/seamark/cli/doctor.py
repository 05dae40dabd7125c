"""Say what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import seamark
from seamark.cli.command import Command
from seamark.config import Config, load
from seamark.errors import Conflict, InvalidInput, SeamarkError
from seamark.records.model import Model
from seamark.records.wording import counted

LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 1_000_000_000
ANSWER_SECONDS = 2.0
_ABSENT = "is not installed"
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[[^]]*\])?\s*>=\s*(?P<least>[\d.]+)\s*(;\s*extra\s*==\s*['\"](?P<extra>\w+))?"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; where it is not fine, the sentence says what to do."""

    fine: bool
    sentence: str


Mend = Callable[[Config], Iterator[Finding]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to look, and whether to mend."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="the configuration file (default: seamark.toml here)"
    )
    parser.add_argument(
        "--data", metavar="FOLDER", type=Path, help="the store to look into (default: the configured one)"
    )
    parser.add_argument(
        "--retry",
        action="store_true",
        help="put batches that were set aside into the log anew (stop the server first)",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="mend join and row files, and say what cannot be mended (stop the server first)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="BACKUP",
        type=Path,
        help="with --repair: a backup that may have it whole",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """0 when everything is fine, else 1."""
    mend = partial(mended, source=arguments.source) if arguments.repair else None
    if arguments.source is not None and mend is None:
        raise InvalidInput("--from says where to mend from; give --repair as well.", value=str(arguments.source))
    findings = list(examine(arguments.config, arguments.data, retry=arguments.retry, mend=mend))
    if arguments.json:
        document = {"fine": all(each.fine for each in findings), "findings": [asdict(each) for each in findings]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{'✓' if each.fine else '✗'} {each.sentence}\n" for each in findings)
    return 0 if all(each.fine for each in findings) else 1


def examine(
    config_path: Path | None, data: Path | None = None, *, retry: bool = False, mend: Mend | None = None
) -> Iterator[Finding]:
    """Every finding, in the order of what depends on what."""
    yield python_version()
    yield from packages()
    yield dashboard()
    try:
        config = load(config_path)
    except SeamarkError as wrong:
        yield Finding(fine=False, sentence=f"The configuration is wrong: {wrong.message}")
        return
    yield Finding(fine=True, sentence="The configuration is valid.")
    if data is not None:
        config = replace(config, store=replace(config.store, path=str(data)))
    yield disk(Path(config.store.path))
    yield from mend(config) if mend is not None else ()
    yield from store(config, retry=retry)
    yield port(config)


def python_version() -> Finding:
    """Which Python on which machine."""
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    fine = sys.version_info >= LEAST_PYTHON
    return Finding(
        fine, f"{found}, Seamark {seamark.__version__}." if fine else f"{found} is too old; Seamark needs 3.11."
    )


def packages() -> Iterator[Finding]:
    """Whether what this installation declares is there, new enough and importable."""
    try:
        declared = requires("seamark") or []
    except PackageNotFoundError:
        yield Finding(
            fine=False, sentence="Seamark is not installed as a package, only found: pip install 'seamark[server]'"
        )
        return
    modules_of = _modules_by_distribution()
    wanted = [found for line in declared if (found := _REQUIREMENT.match(line))]
    for extra in sorted({each["extra"] or "" for each in wanted}):
        members = [each for each in wanted if (each["extra"] or "") == extra]
        faults = [fault for each in members if (fault := _fault(each["name"], each["least"], modules_of))]
        title = f"the extra [{extra}]" if extra else "the base install"
        hint = f"pip install --upgrade 'seamark{f'[{extra}]' if extra else ''}'"
        if extra and all(fault.endswith(_ABSENT) for fault in faults) and len(faults) == len(members):
            yield Finding(fine=True, sentence=f"{title.capitalize()} is not installed; the server needs it: {hint}")
        elif faults:
            yield Finding(fine=False, sentence=f"Of {title}, {'; '.join(faults)}: {hint}")
        else:
            yield Finding(
                fine=True, sentence=f"Everything of {title} is there and imports: {counted(len(members), 'package')}."
            )


def dashboard() -> Finding:
    """Whether the screen is built."""
    index = Path(seamark.__path__[0], "server", "static", "index.html")
    if index.exists():
        return Finding(fine=True, sentence="The screen is built.")
    return Finding(
        fine=False, sentence="The screen is not built: run `make dashboard` in a checkout, or install a wheel."
    )


def disk(folder: Path) -> Finding:
    """Whether there is room where the store is, or would be."""
    present = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(present).free
    sentence = f"{free / 1e9:,.1f} GB are free where the store is ({folder})"
    if free >= LEAST_FREE_BYTES:
        return Finding(fine=True, sentence=f"{sentence}.")
    return Finding(
        fine=False, sentence=f"Only {sentence}; ingest stops when the disk is full: free some, or move the store."
    )


def mended(config: Config, source: Path | None) -> Iterator[Finding]:
    """What `--repair` did, and what is lost for good."""
    if not Path(config.store.path).exists():
        return
    try:
        done = importlib.import_module("seamark.upkeep").repair(config, source)
    except SeamarkError as wrong:
        yield Finding(fine=False, sentence=f"Nothing was mended: {wrong.message}")
        return
    yield from (Finding(fine=not each.lost, sentence=each.sentence) for each in done)
    if not done:
        yield Finding(fine=True, sentence="No join or row file had to be mended.")


def store(config: Config, *, retry: bool = False) -> Iterator[Finding]:
    """Whether the store opens and agrees with itself. One that is not there yet is not made."""
    if not Path(config.store.path).exists():
        yield Finding(fine=True, sentence=f"There is no store at {config.store.path} yet; `seamark serve` makes it.")
        return
    try:
        app = importlib.import_module("seamark.app")
        opened = app.open_store(config)
    except Conflict as busy:
        yield Finding(fine=True, sentence=f"The store was not looked into: {busy.message}")
        return
    except SeamarkError as wrong:
        yield Finding(fine=False, sentence=wrong.message)
        return
    except ModuleNotFoundError as missing:
        yield Finding(fine=False, sentence=f"The store cannot be opened without the package {missing.name}.")
        return
    try:
        again = importlib.import_module("seamark.upkeep").retry_set_aside(opened) if retry else 0
        contradictions = opened.check()
        aside = opened.log.set_aside()
        facts = opened.facts()
        models = opened.slow.models()
    finally:
        opened.close()
    yield from (Finding(fine=False, sentence=each) for each in contradictions)
    if contradictions:
        yield Finding(
            fine=False,
            sentence="Row and join files can be mended: `seamark doctor --repair`, if possible --from BACKUP.",
        )
    if again:
        yield Finding(
            fine=True, sentence=f"In the log again: {counted(again, 'batch', 'batches')} that had been set aside."
        )
    if aside:
        numbers = ", ".join(str(each.seq) for each in aside[:10])
        yield Finding(
            fine=False,
            sentence=f"Set aside, because it could not be accounted for: {counted(len(aside), 'batch', 'batches')}"
            f" (in the log: {numbers}); the last failed with {aside[-1].reason}. Nothing of it is lost: report it, and"
            " try again with --retry after an upgrade.",
        )
    yield from (lonely for model in models if (lonely := unmatched(model)) is not None)
    if not contradictions:
        waiting = f"{counted(facts['log_pending_rows'], 'row')} waiting to be profiled"
        size = (facts["database_bytes"] + facts["row_file_bytes"]) / 1e6
        yield Finding(fine=True, sentence=f"The store agrees with itself: {size:,.1f} MB, {waiting}.")


def unmatched(model: Model) -> Finding | None:
    """A model with outcomes that all wait: most likely they are sent under other ids than its predictions."""
    if model.outcomes is None or model.outcomes.matched or not model.rows:
        return None
    waiting = counted(sum(model.outcomes.waiting), "id")
    return Finding(
        fine=False,
        sentence=f"Of model {model.name!r} no outcome has met a prediction: {waiting} of outcomes wait."
        " Send what came true under the id that was given to the prediction.",
    )


def port(config: Config) -> Finding:
    """Whether the server could listen, or is listening already."""
    host, number = config.server.host, config.server.port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as taken:
            if _seamark_answers(host, number):
                return Finding(fine=True, sentence=f"Seamark answers on {host}:{number}.")
            reason = taken.strerror or str(taken)
            return Finding(
                fine=False,
                sentence=f"{host}:{number} cannot be listened on ({reason}); choose another with server.port.",
            )
    return Finding(fine=True, sentence=f"{host}:{number} is free to listen on.")


def _seamark_answers(host: str, number: int) -> bool:
    address = f"[{host}]" if ":" in host else host
    try:
        with urlopen(f"http://{address}:{number}/healthz", timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _modules_by_distribution() -> dict[str, str]:
    """The module to import for each installed distribution: the one named like it, where there are several."""
    found: dict[str, str] = {}
    for module, distributions in packages_distributions().items():
        for name in distributions:
            normal = _normal(name)
            if module == normal.replace("-", "_") or normal not in found:
                found[normal] = module
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _fault(name: str, least: str, modules_of: dict[str, str]) -> str | None:
    """What is wrong with one package."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        return f"{name} {_ABSENT}"
    if _ordered(installed) < _ordered(least):
        return f"{name} {installed} is older than {least}"
    try:
        importlib.import_module(modules_of.get(_normal(name), name))
    except Exception as broken:  # noqa: BLE001 whatever a broken package raises is the finding
        return f"{name} {installed} does not import ({type(broken).__name__}: {broken})"
    return None


def _ordered(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


COMMAND = Command("doctor", "Say what is wrong with this installation, and what to do about it.", configure, run)
