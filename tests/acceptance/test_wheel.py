"""The wheel in two clean environments: bare (client and `compare`), and with [server] (everything).

Neither environment sees the development one. What the wheel declares is linked into them from there, distribution by
distribution, so that nothing is downloaded and nothing undeclared can be imported.
"""

import os
import re
import signal
import subprocess
import sys
import tomllib
import venv
import zipfile
from email import message_from_string
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "seamark" / "demo" / "data"

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as anyone builds it, the screen included."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    built = subprocess.run([*command, "--wheel-dir", folder, ROOT], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("seamark-*.whl")
    return path


@pytest.fixture(scope="module")
def files(wheel):
    return zipfile.ZipFile(wheel).namelist()


@pytest.fixture(scope="module")
def metadata(wheel, files):
    [name] = [name for name in files if name.endswith(".dist-info/METADATA")]
    return message_from_string(zipfile.ZipFile(wheel).read(name).decode())


def needed(metadata, extra):
    """Every distribution that `seamark[extra]` brings, by following what each declares."""
    found, waiting = set(), [(Requirement(line), extra) for line in metadata.get_all("Requires-Dist")]
    while waiting:
        requirement, within = waiting.pop()
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": within})):
            continue
        found.add(requirement.name)
        for asked in {"", *requirement.extras}:
            waiting += [(Requirement(line), asked) for line in distribution(requirement.name).requires or ()]
    return found


def environment(folder, wheel, distributions):
    """A virtual environment with the wheel installed and exactly these distributions linked in."""
    venv.create(folder, with_pip=False)
    [site] = folder.glob("lib/python3*/site-packages")
    for name in distributions:
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(installed.locate_file(top))
    command = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--no-index", "--disable-pip-version-check", wheel], check=True)
    return folder / "bin"


@pytest.fixture(scope="module")
def bare(wheel, metadata, tmp_path_factory):
    return environment(tmp_path_factory.mktemp("bare"), wheel, needed(metadata, ""))


@pytest.fixture(scope="module")
def full(wheel, metadata, tmp_path_factory):
    return environment(tmp_path_factory.mktemp("full"), wheel, needed(metadata, "server"))


def run(*command, cwd, code=0):
    """Run a command outside the checkout; its output, once it has left with `code`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SEAMARK"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
    return done


def packages_after(python, script, cwd):
    """The top-level packages from outside the standard library that a script has loaded."""
    report = "import sys; print(*{n.partition('.')[0] for n in sys.modules})"
    loaded = set(run(python, "-c", f"{script}\n{report}", cwd=cwd).stdout.splitlines()[-1].split())
    plain = set(run(python, "-c", report, cwd=cwd).stdout.split())
    return {name for name in loaded - plain - set(sys.stdlib_module_names) if "cython" not in name}


# --- what is in the wheel ---------------------------------------------------------------------------------------------


def test_the_screen_is_in_the_wheel(files):
    assert "seamark/server/static/index.html" in files
    assert any(re.fullmatch(r"seamark/server/static/assets/.*\.js", name) for name in files)


def test_the_demo_types_and_licences_are_in_the_wheel(files):
    assert {"seamark/demo/data/analysis.parquet", "seamark/demo/data/NOTICE.md", "seamark/py.typed"} <= set(files)
    assert {name.rpartition("/")[2] for name in files if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_nothing_else_is_in_the_wheel(files):
    strays = [
        name
        for name in files
        if not name.startswith(("seamark/", "seamark-"))
        or re.search(r"node_modules|/tests?/|\.map$|\.tsx?$|__pycache__|\.pyc$|(?<!ingest/stacks)/[^/]*\.toml$", name)
    ]
    assert strays == []


def test_the_wheel_asks_for_what_the_project_declares(metadata):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    assert {each.name for each in asked if not each.marker} == {Requirement(d).name for d in project["dependencies"]}
    declared = [line for lines in project["optional-dependencies"].values() for line in lines]
    assert {each.name for each in asked if each.marker} == {Requirement(line).name for line in declared}


# --- bare -------------------------------------------------------------------------------------------------------------


def test_a_bare_install_brings_two_packages_and_what_they_need(metadata):
    assert needed(metadata, "") <= {"numpy", "arro3-core", "typing-extensions"}


def test_the_client_works_bare_and_loads_nothing_else(bare, tmp_path):
    script = (
        "import seamark\n"
        "client = seamark.Client('http://127.0.0.1:9', model='m')\n"
        "client.log(id='a', features={'x': 1.0}, prediction=1)\n"
        "client.outcome('a', label=1)\n"
        "client.close(timeout=0)\n"
    )
    assert packages_after(bare / "python", script, tmp_path) == {"seamark"}


def test_compare_works_bare_on_arrays_and_frames_and_loads_nothing_else(bare, tmp_path):
    script = (
        "import numpy as np, seamark\n"
        "from arro3.core import Table\n"
        "random = np.random.default_rng(1)\n"
        "old = {'a': random.normal(size=2000), 'b': random.normal(size=2000)}\n"
        "new = {'a': random.normal(1, size=2000), 'b': random.normal(size=2000)}\n"
        "assert seamark.compare(old, new).drifted == ['a']\n"
        "assert seamark.compare(Table.from_pydict(old), Table.from_pydict(new)).drifted == ['a']\n"
    )
    assert packages_after(bare / "python", script, tmp_path) == {"seamark", "numpy", "arro3"}


def test_commands_that_need_more_say_what_to_install(bare, tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    for words in (["serve"], ["ingest", "a.csv", "--model", "m"], ["compare", "a.csv", "a.csv"]):
        refused = run(bare / "seamark", *words, cwd=tmp_path, code=2)
        assert refused.stdout == ""
        assert re.search(r"^seamark: .*not installed.*pip install 'seamark\[server\]'", refused.stderr)
        assert refused.stderr.count("\n") == 1


def test_commands_that_need_no_more_work_bare(bare, tmp_path):
    assert "serve" in run(bare / "seamark", "--help", cwd=tmp_path).stdout
    assert "port = 8420" in run(bare / "seamark", "check-config", cwd=tmp_path).stdout


# --- with [server]: the README's commands -----------------------------------------------------------------------------


def test_the_doctor_finds_nothing_wrong(full, tmp_path):
    (tmp_path / "seamark.toml").write_text("[server]\nport = 0\n")
    assert "✗" not in run(full / "seamark", "doctor", cwd=tmp_path).stdout


def test_two_files_are_compared_and_the_exit_code_tells(full, tmp_path):
    files = [str(DATA / "reference.parquet"), str(DATA / "analysis.parquet")]
    found = run(full / "seamark", "compare", *files, "--json", "--fail-on", "drift", cwd=tmp_path, code=1)
    assert "car_value" in found.stdout
    assert run(full / "seamark", "compare", files[0], files[0], "--fail-on", "drift", cwd=tmp_path).stdout


def test_the_demo_has_its_data(full, tmp_path):
    """`test_demo.py` plays it."""
    script = "from seamark.demo.car_loan import load; print(type(load(1_700_000_000_000_000)).__name__)"
    assert run(full / "python", "-c", script, cwd=tmp_path).stdout == "Replay\n"


def test_a_server_takes_a_reference_and_a_file_and_shows_the_screen(full, tmp_path):
    command = [full / "seamark", "serve", "--port", "0", "--data", tmp_path / "data"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            url = re.search(r"http://\S+", server.stdout.readline())[0]
            reference, rows = str(DATA / "reference.parquet"), str(DATA / "analysis.parquet")
            run(full / "seamark", "baseline", "loans", reference, "--url", url, "--time-zone", "UTC", cwd=tmp_path)
            sent = run(
                *(full / "seamark", "ingest", rows, "--model", "loans", "--url", url, "--time-zone", "UTC"),
                cwd=tmp_path,
            )
            assert sent.stdout.startswith("Accepted of loans: 50,000 predictions; ")
            assert "<script" in httpx.get(url).text
            assert httpx.get(f"{url}/readyz").status_code == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    assert server.returncode == 0
