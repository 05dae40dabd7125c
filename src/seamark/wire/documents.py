"""JSON bodies → batches, changes and requests for a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from seamark import clock
from seamark.errors import InvalidInput, Malformed
from seamark.records.answer import MOST_COMMENT_CHARS, AnswerKind
from seamark.records.log import Change, EntryKind
from seamark.records.window import Window
from seamark.wire import json as words
from seamark.wire.batch import Batch
from seamark.wire.bodies import (
    AnswerBody,
    BacktestBody,
    BaselineBody,
    ChangeBody,
    ClientNote,
    Columns,
    OutcomeRow,
    OutcomesBody,
    PredictionRow,
    PredictionsBody,
)
from seamark.wire.canonical import Request, check_model, check_rows, finish
from seamark.wire.columns import arrays
from seamark.wire.limits import Limits
from seamark.wire.lists import TIME_ACCEPTED
from seamark.wire.parse import parse
from seamark.wire.refusal import Refusals
from seamark.wire.rows import outcome_columns, prediction_columns
from seamark.wire.shapes import nearest

Row = TypeVar("Row", PredictionRow, OutcomeRow)


class _RawPredictions(msgspec.Struct, forbid_unknown_fields=True):
    """A predictions body whose rows are still bytes, so that one broken row leaves the others alone."""

    model: str
    version: str | int | None = None
    client: ClientNote | None = None
    predictions: list[Raw] | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


class _RawOutcomes(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    client: ClientNote | None = None
    outcomes: list[Raw] | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


_PREDICTIONS: Final = msgspec.json.Decoder(PredictionsBody)
_OUTCOMES: Final = msgspec.json.Decoder(OutcomesBody)
_RAW_PREDICTIONS: Final = msgspec.json.Decoder(_RawPredictions)
_RAW_OUTCOMES: Final = msgspec.json.Decoder(_RawOutcomes)
_PREDICTION: Final = msgspec.json.Decoder(PredictionRow)
_OUTCOME: Final = msgspec.json.Decoder(OutcomeRow)
_CHANGE: Final = msgspec.json.Decoder(ChangeBody)
_ANSWER: Final = msgspec.json.Decoder(AnswerBody)
_BASELINE: Final = msgspec.json.Decoder(BaselineBody)
_BACKTEST: Final = msgspec.json.Decoder(BacktestBody)


def predictions(body: bytes, request: Request, limits: Limits) -> Batch:
    """POST /v1/predictions as JSON rows or columns; `request.model` is taken from the body."""
    refusals = Refusals()
    try:
        document = parse(_PREDICTIONS, body)
    except InvalidInput as error:
        if not _concerns_a_row(error, request):
            raise
        raw = parse(_RAW_PREDICTIONS, body)
        rows = _readable(raw.predictions, _PREDICTION, PredictionRow(), refusals)
        document = PredictionsBody(raw.model, raw.version, raw.client, rows)
    version = "" if document.version is None else str(document.version)
    named = replace(request, model=check_model(document.model, limits), version=version)
    batch = _finish(document.predictions, document.columns, refusals, named, limits)
    return replace(batch, client=document.client)


def outcomes(body: bytes, request: Request, limits: Limits) -> Batch:
    """POST /v1/outcomes as JSON rows or columns; `request.model` is taken from the body."""
    refusals = Refusals()
    try:
        document = parse(_OUTCOMES, body)
    except InvalidInput as error:
        if not _concerns_a_row(error, request):
            raise
        raw = parse(_RAW_OUTCOMES, body)
        document = OutcomesBody(raw.model, raw.client, _readable(raw.outcomes, _OUTCOME, OutcomeRow(), refusals))
    named = replace(request, model=check_model(document.model, limits))
    return replace(_finish(document.outcomes, document.columns, refusals, named, limits), client=document.client)


def change(body: bytes, project: str, now_us: int, limits: Limits) -> Change:
    """POST /v1/changes; raises InvalidInput for an unknown kind or an impossible time."""
    document = parse(_CHANGE, body)
    if document.kind not in words.CHANGE_KINDS:
        hint = nearest(document.kind, list(words.CHANGE_KINDS))
        raise InvalidInput(
            f"kind {document.kind[:80]!r} is not a kind of change"
            f"{f'; the nearest one is {hint!r}' if hint else ''}. Known are {', '.join(words.CHANGE_KINDS)}.",
            field="kind",
            value=document.kind[:80],
            accepted=", ".join(words.CHANGE_KINDS),
        )
    if document.model is not None:
        check_model(document.model, limits)
    if document.url is not None and not document.url.startswith(("http://", "https://")):
        raise InvalidInput(
            f"url {document.url[:80]!r} is no link; send one that starts with http:// or https://.",
            field="url",
            value=document.url[:80],
            accepted="http:// or https://",
        )
    return Change(
        id="",  # its place in the log will name it
        project=project,
        kind=document.kind,
        time_us=_moment(document.time, "time", now_us, limits),
        summary=document.summary,
        model=document.model,
        service=document.service,
        version=None if document.version is None else str(document.version),
        url=document.url,
    )


def baseline_window(body: bytes, now_us: int, limits: Limits) -> tuple[Window, str | None]:
    """POST /v1/models/{model}/baseline as JSON: the stored traffic to use, and of which version."""
    document = parse(_BASELINE, body)
    start, end = (_moment(document.start, "from", now_us, limits), _moment(document.end, "to", now_us, limits))
    if start >= end:
        raise InvalidInput(
            f"from {document.start} is not before to {document.end}.", field="from", value=document.start
        )
    return Window(start, end), None if document.version is None else str(document.version)


def backtest(body: bytes, now_us: int, limits: Limits) -> tuple[str, Window | None, dict[str, Any]]:
    """POST /v1/backtest: the model, the time to play (None: all there is), and the options to try."""
    document = parse(_BACKTEST, body)
    name = check_model(document.model, limits)
    if document.start is None and document.end is None:
        return name, None, document.options
    start = _moment(document.start, "from", now_us, limits)
    end = now_us if document.end is None else _moment(document.end, "to", now_us, limits)
    if start >= end:
        raise InvalidInput(f"from {document.start} is not before to {document.end}.", field="from")
    return name, Window(start, end), document.options


def answer_comment(body: bytes) -> str:
    """The comment of an answer, "" without one; raises InvalidInput for one that is too long."""
    comment = parse(_ANSWER, body).comment.strip() if body.strip() else ""
    if len(comment) > MOST_COMMENT_CHARS:
        raise InvalidInput(
            f"comment has {len(comment):,} characters; {MOST_COMMENT_CHARS:,} are the most.",
            field="comment",
            value=f"{comment[:80]}…",
            accepted=f"at most {MOST_COMMENT_CHARS:,} characters",
        )
    return comment


def answer_kind(word: str) -> AnswerKind:
    """The answer of a word; raises InvalidInput, naming those there are."""
    known = [kind.value for kind in AnswerKind]
    if word not in known:
        hint = nearest(word, known)
        raise InvalidInput(
            f"{word[:80]!r} is not an answer{f'; the nearest one is {hint!r}' if hint else ''}."
            f" Answers are {', '.join(known)}.",
            field="answer",
            value=word[:80],
            accepted=", ".join(known),
        )
    return AnswerKind(word)


def _finish(
    rows: Sequence[Any] | UnsetType,
    columns: dict[str, list[Any]] | UnsetType,
    refusals: Refusals,
    request: Request,
    limits: Limits,
) -> Batch:
    """Rows or columns of either kind as a canonical batch."""
    field = request.kind.value
    if (rows is UNSET) == (columns is UNSET):
        found = f"both {field!r} and" if rows is not UNSET else f"neither {field!r} nor"
        raise InvalidInput(
            f"The body has {found} 'columns'; send exactly one of them.",
            field=field,
            accepted=f"{field} or columns",
        )
    if not isinstance(rows, UnsetType):
        check_rows(len(rows), limits)
        transpose = outcome_columns if request.kind is EntryKind.OUTCOMES else prediction_columns
        columns = transpose(rows, limits)
    assert not isinstance(columns, UnsetType)  # noqa: S101  one of the two is set, as checked above
    return finish(arrays(request.kind, columns, refusals, limits), refusals, request, limits)


def _concerns_a_row(error: InvalidInput, request: Request) -> bool:
    return request.partial and error.row is not None and not isinstance(error, Malformed)


def _readable(
    raw: list[Raw] | UnsetType, decoder: msgspec.json.Decoder[Row], blank: Row, refusals: Refusals
) -> list[Row] | UnsetType:
    """Each row read alone; one of a wrong structure is refused, and a blank keeps its place."""
    if isinstance(raw, UnsetType):
        return UNSET
    rows: list[Row] = []
    for number, text in enumerate(raw):
        try:
            rows.append(parse(decoder, bytes(text)))
        except InvalidInput as error:
            refusals.add_error(number, error)
            rows.append(blank)
    return rows


def _moment(value: object, field: str, now_us: int, limits: Limits) -> int:
    """One required time; raises InvalidInput for none, a naive or an impossible one."""
    if not isinstance(value, str):
        raise InvalidInput(f"{field} is not a text; send {TIME_ACCEPTED}.", field=field, accepted=TIME_ACCEPTED)
    try:
        moment = clock.from_iso(value)
    except InvalidInput as error:
        raise InvalidInput(f"{field}: {error.message}", field=field, value=value[:80], accepted=TIME_ACCEPTED) from None
    if not 0 <= moment <= now_us + limits.max_future_seconds * clock.SECOND_US:
        raise InvalidInput(
            f"{field} {value!r} is before 1970 or more than {limits.max_future_seconds} s ahead of now"
            f" ({clock.to_iso(now_us)}).",
            field=field,
            value=value,
            accepted="a time that has been",
        )
    return moment
