"""Only clock.py reads time: everywhere else it is an argument, so that tests and backtests own it."""

import ast

from tests.architecture.house import ROOT, listed, modules

READS = {
    "time": {
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
        *("process_time_ns", "thread_time", "localtime", "gmtime", "ctime", "asctime", "clock_gettime"),
    },
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def readings(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and text of every read of a clock, whether through the module, the class or a bare name."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]
            if node.attr in READS.get(owner, ()):
                found.append((node.lineno, ast.unparse(node)))
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [
                (node.lineno, f"from time import {each.name}") for each in node.names if each.name in READS["time"]
            ]
    return found


def test_only_the_clock_reads_time():
    strays = [
        f"{module.path.relative_to(ROOT)}:{line} {text}"
        for module in modules().values()
        if module.name != "clock"
        for line, text in readings(module.tree)
    ]
    assert not strays, listed(strays)


def test_the_law_sees_every_spelling():
    source = "from time import monotonic\ntime.time_ns()\ndatetime.datetime.now(UTC)\ndatetime.utcnow()\ndate.today()\n"
    assert sorted(line for line, _ in readings(ast.parse(source))) == [1, 2, 3, 4, 5]
    assert readings(ast.parse("time.sleep(1)\nclock.now_us()\nself.now(3)")) == []


def test_the_clock_is_where_time_is_read():
    assert readings(modules()["clock"].tree) != []
