"""Structured logs: for people on a terminal, one JSON object per line elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

_tracebacks = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # a local may hold somebody's rows, or a secret
)
_SHARED: tuple[structlog.types.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send everything that is logged, by whatever library, to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder(), _without_colours],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(stream)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_colours(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Uvicorn says some things twice, once with a terminal's escape codes."""
    event.pop("color_message", None)
    return event


def _rendering(stream: TextIO) -> list[Any]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [_tracebacks, structlog.processors.JSONRenderer()]
