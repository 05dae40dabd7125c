"""Forks, ends of interpreters and hosts of other kinds: whole processes, because that is where these laws hold."""

import os
import subprocess
import sys
import textwrap

import pytest
from tests.unit.client.scripted_server import HANG, Reply

PRELUDE = """
import os, sys, threading, time
import seamark
client = seamark.Client(sys.argv[1], model="fraud", flush_seconds=0.05, backoff_seconds=0.01)
def log(prefix, count):
    for i in range(count):
        client.log(f"{prefix}{i}", features={"x": float(i)})
"""


def run(script: str, url: str, timeout=60) -> subprocess.CompletedProcess:
    """Run a host program to its end; its warnings are errors of this test's."""
    source = PRELUDE + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source, url], capture_output=True, text=True, timeout=timeout, check=False
    )


def ids(prefix, count):
    return [f"{prefix}{i}" for i in range(count)]


def test_a_program_that_just_ends_has_delivered_everything(server):
    done = run("log('p', 1000)", server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert server.ids == ids("p", 1000)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("raise ValueError('the host')", 1),
        ("sys.exit(3)", 3),
        ("threading.Thread(target=log, args=('q', 5)).start()", 0),
    ],
    ids=["error", "exit", "thread"],
)
def test_every_orderly_end_delivers(server, end, code):
    done = run(f"log('p', 10)\n{end}", server.url)
    assert done.returncode == code
    assert set(ids("p", 10)) <= set(server.ids)


def test_the_end_of_a_program_waits_no_longer_than_it_was_told_to(server):
    server.otherwise = HANG
    done = run(
        "client.close(0)\nclient = seamark.Client(sys.argv[1], model='m', shutdown_seconds=0.2)\nlog('p', 10)",
        server.url,
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_the_end_of_a_program_whose_server_is_away_is_quick_and_says_what_was_lost(server):
    server.kill()
    done = run("log('p', 10)", server.url)
    server.start()
    assert done.returncode == 0
    assert "Seamark cannot deliver now" in done.stderr
    assert "Seamark dropped 10 rows (closed)" in done.stderr


def test_a_row_logged_while_the_interpreter_ends_harms_nothing(server):
    done = run("import atexit\natexit.register(lambda: log('late', 5))\nlog('p', 5)", server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(ids("p", 5)) <= set(server.ids)


def test_a_client_that_first_logs_while_the_interpreter_ends_harms_nothing(server):
    done = run("import atexit\natexit.register(lambda: log('late', 5))", server.url)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


FORK = """
log("parent", 100)
client.outcome("parent0", label=1)
child = os.fork()
if child == 0:
    assert client.stats.logged == 0, client.stats
    log("child", 100)
    assert client.flush(20)
    assert client.stats.acknowledged == 100, client.stats
    os._exit(0)
log("after", 100)
assert client.flush(20)
assert client.stats.acknowledged == 201, client.stats
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("before", ["", "client.log('warm'); client.flush(20)"], ids=["at once", "connected"])
def test_a_fork_sends_each_row_from_the_process_that_logged_it(server, before):
    done = run(
        "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"
        + before
        + FORK.replace("201", "201" if not before else "202"),
        server.url,
    )
    assert (done.returncode, done.stderr) == (0, "")
    expected = ids("parent", 100) + ids("child", 100) + ids("after", 100) + ["parent0"] + (["warm"] if before else [])
    assert sorted(server.ids) == sorted(expected)
    assert len({request.body["client"]["instance"] for request in server.accepted}) == 2


def test_a_fork_while_the_parent_waits_for_an_answer_leaves_the_parents_connection_alone(server):
    server.script = [HANG]
    script = """
    log("parent", 1)
    sys.stdin.readline()
    child = os.fork()
    if child == 0:
        log("child", 1)
        os._exit(0 if client.flush(20) else 1)
    assert os.waitpid(child, 0)[1] == 0
    print("forked", flush=True)
    sys.stdin.readline()
    assert client.flush(20)
    """
    source = PRELUDE + textwrap.dedent(script)
    with subprocess.Popen(
        [sys.executable, "-c", source, server.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as host:
        server.wait_for(requests=1)
        host.stdin.write("fork now\n")
        host.stdin.flush()
        assert host.stdout.readline() == "forked\n"
        assert server.ids == ["child0"]
        server.release()
        host.communicate("\n", timeout=60)
    assert host.returncode == 0
    assert sorted(server.ids) == ["child0", "parent0"]


def test_nothing_is_imported_while_rows_are_sent(server):
    """A fork in the middle of an import leaves the child with half a module (it was the idna codec, once)."""
    script = """
    loaded = set(sys.modules)
    client.log(features={"x": float("nan"), "y": [1]}, weight=2)
    client.log(time="noon")
    client.outcome("p", label=1)
    client.change("deploy", "x")
    client.log_batch({"x": [1]})
    assert client.close()
    print(*sorted(set(sys.modules) - loaded))
    """
    assert run(script, server.url).stdout == "\n"


def test_many_forked_workers_make_ids_that_never_collide(server):
    script = """
    import warnings; warnings.simplefilter("ignore", DeprecationWarning)
    client.log()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            for _ in range(50):
                client.log()
            os._exit(0 if client.flush(20) else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    """
    done = run(script, server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.ids) == len(set(server.ids)) == 201


def test_a_forked_child_of_a_closed_client_stays_closed(server):
    script = """
    client.log("p")
    client.close()
    if os.fork() == 0:
        client.log("q")
        os._exit(0 if client.stats.dropped == {"closed": 1} else 1)
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
    """
    assert run(script, server.url).returncode == 0
    assert server.ids == ["p"]


def test_an_asyncio_host_needs_nothing_special(server):
    script = """
    import asyncio
    async def handler(i):
        client.log(f"p{i}", features={"x": i})
        await asyncio.sleep(0)
    async def main():
        asyncio.get_running_loop().slow_callback_duration = 60  # how fast this machine is proves nothing
        await asyncio.gather(*(handler(i) for i in range(200)))
    asyncio.run(main(), debug=True)
    """
    done = run(script, server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(server.ids) == sorted(ids("p", 200))


def test_a_host_that_seeds_its_random_numbers_gets_the_same_ones(server):
    server.script = [Reply(503)] * 3
    script = """
    import random
    random.seed(7)
    expected = [random.random() for _ in range(3)]
    random.seed(7)
    log("p", 10)
    assert client.flush(20)
    assert [random.random() for _ in range(3)] == expected
    """
    done = run(script, server.url)
    assert (done.returncode, client_errors(done)) == (0, [])


def client_errors(done: subprocess.CompletedProcess) -> list[str]:
    return [line for line in done.stderr.splitlines() if "cannot deliver now" not in line]
