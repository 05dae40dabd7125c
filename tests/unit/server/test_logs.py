"""Logs: one JSON object per line for machines, coloured lines for people."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from seamark.server.logs import configure_logs


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    before = root.handlers, root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_every_library_writes_the_same_objects():
    stream = io.StringIO()
    configure_logs(stream)
    logging.getLogger("somebody").warning("It took %d s.", 3)
    structlog.get_logger("seamark").info("Committed.", rows=5)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["level"], first["logger"]) == ("It took 3 s.", "warning", "somebody")
    assert (second["event"], second["rows"]) == ("Committed.", 5)


def test_no_escape_codes_reach_a_machine():
    stream = io.StringIO()
    configure_logs(stream)
    logging.getLogger("uvicorn.error").info("Started %s", "x", extra={"color_message": "Started \x1b[36mx\x1b[0m"})
    assert json.loads(stream.getvalue()).keys() == {"event", "level", "logger", "timestamp"}


def test_a_failure_is_one_line_with_its_traceback():
    stream = io.StringIO()
    configure_logs(stream)
    try:
        1 / 0  # noqa: B018 to have something to log
    except ZeroDivisionError:
        logging.getLogger("somebody").exception("It failed.")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["exception"][0]["exc_type"] == "ZeroDivisionError"


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_traceback_holds_no_values(stream):
    """Locals are rows, tokens and keys; a log is read by more people than those are meant for."""
    configure_logs(stream)
    rows = ["of a customer"]
    try:
        rows[1]
    except IndexError:
        logging.getLogger("somebody").exception("It failed.")
    assert "IndexError" in stream.getvalue()
    assert "customer" not in stream.getvalue()


def test_on_a_terminal_they_are_lines_for_people():
    stream = Terminal()
    configure_logs(stream)
    logging.getLogger("somebody").warning("Careful.")
    assert "Careful." in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_chatty_libraries_are_quiet():
    stream = io.StringIO()
    configure_logs(stream)
    logging.getLogger("httpx").info("GET /")
    assert stream.getvalue() == ""
