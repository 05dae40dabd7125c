"""What a `pip install` brings: the wheel, packages, megabytes, the screen's bytes, and how quickly a program starts.

    python benchmarks/size/run.py

Makes two fresh virtual environments from whichever index this machine's pip is configured for, and rewrites the table
in README.md.
"""

from __future__ import annotations

import gzip
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KINDS = {"base": "", "server": "[server]"}
STARTS = {
    "`import seamark; seamark.Client`": "import seamark; seamark.Client",
    "`import seamark; seamark.compare`": "import seamark; seamark.compare",
    "`seamark --help`": "from seamark.cli import main; main(['--help'])",
}
REPEATS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel = build(folder)
        installs = {kind: install(folder / kind, wheel, extra) for kind, extra in KINDS.items()}
        text = table(wheel, installs)
    print(text)
    publish(text)


def build(folder: Path) -> Path:
    """The wheel, the screen included."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


def install(folder: Path, wheel: Path, extra: str) -> dict[str, object]:
    """Install into a fresh environment: packages, megabytes, and the Python to start."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    site = next(folder.glob("lib/python3*/site-packages"))
    before = megabytes(site)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", f"{wheel}{extra}"], check=True)
    listed = subprocess.run([*pip, "list", "--format", "freeze"], check=True, capture_output=True, text=True).stdout
    packages = [line for line in listed.splitlines() if not line.startswith(("pip=", "setuptools=", "seamark="))]
    return {"packages": len(packages), "megabytes": megabytes(site) - before, "python": python}


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def gzipped_kb(pattern: str) -> float:
    """Of the built screen, as a browser receives it."""
    static = ROOT / "src" / "seamark" / "server" / "static"
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in static.rglob(pattern)) / 1000


def start_ms(python: object, statement: str) -> float:
    """Median milliseconds of a fresh interpreter, beyond those of an empty one."""
    return median_ms(python, statement) - median_ms(python, "pass")


def median_ms(python: object, statement: str) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        subprocess.run([str(python), "-c", statement], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def table(wheel: Path, installs: dict[str, dict[str, object]]) -> str:
    base, server = installs["base"], installs["server"]
    rows = [
        ("wheel", f"{wheel.stat().st_size / 1e6:.1f} MB"),
        ("of it the demo's data", f"{megabytes(ROOT / 'src/seamark/demo/data'):.1f} MB"),
        ("screen: JavaScript, gzipped", f"{gzipped_kb('*.js'):.1f} kB"),
        ("screen: CSS, gzipped", f"{gzipped_kb('*.css'):.1f} kB"),
        ("`pip install seamark`: packages besides Seamark", f"{base['packages']}"),
        ("`pip install seamark`: installed size", f"{base['megabytes']:.0f} MB"),
        ("`pip install 'seamark[server]'`: packages besides Seamark", f"{server['packages']}"),
        ("`pip install 'seamark[server]'`: installed size", f"{server['megabytes']:.0f} MB"),
    ]
    rows += [(f"start of {name}", f"{start_ms(base['python'], line):.0f} ms") for name, line in STARTS.items()]
    lines = ["| what | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join([*lines, "", f"{machine()}; {datetime.now(UTC):%Y-%m-%d}."])


def machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def publish(text: str) -> None:
    """Between the markers of README.md."""
    readme = HERE / "README.md"
    marked = re.compile(r"(<!-- table -->\n).*(<!-- /table -->)", re.DOTALL)
    readme.write_text(marked.sub(lambda found: f"{found[1]}{text}\n{found[2]}", readme.read_text()))


if __name__ == "__main__":
    main()
