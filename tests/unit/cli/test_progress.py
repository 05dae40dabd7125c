"""A bar on a terminal, and nothing anywhere else."""

import io

from seamark.cli._progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_pipe_sees_nothing():
    pipe = io.StringIO()
    with progress_bar(pipe) as progress:
        progress("reading", 0.5)
    assert pipe.getvalue() == ""


def test_a_terminal_sees_the_share_grow_and_then_no_trace():
    terminal = Terminal()
    with progress_bar(terminal) as progress:
        for share in (0.0, 0.5, 1.0):
            progress("reading", share)
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert [line[-4:] for line in drawn[1:4]] == ["  0%", " 50%", "100%"]
    assert [line.count("━") for line in drawn[1:4]] == [0, 15, 30]
    assert drawn[-1] == ""


def test_the_same_share_is_drawn_once():
    terminal = Terminal()
    with progress_bar(terminal) as progress:
        for step in range(1000):
            progress("reading", step / 1e6)
    assert terminal.getvalue().count("reading") == 1


def test_a_share_out_of_bounds_does_not_break_the_line():
    terminal = Terminal()
    with progress_bar(terminal) as progress:
        progress("reading", 7.0)
    assert terminal.getvalue().count("━") == 30
