"""The JSON bodies as types: what decodes them, and what the OpenAPI document says about them.

Fields whose content is data rather than structure are `Any` here and checked a column at a time.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from seamark.records.answer import MOST_COMMENT_CHARS

TIME_EXAMPLE: Final = "2026-11-01T12:00:00Z"
_ID = {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 256}, {"type": "integer", "maximum": 2**53}]}
_SCALAR = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "boolean"}, {"type": "null"}]}
_TIME = {"type": "string", "format": "date-time"}
_NUMBER = {"anyOf": [{"type": "number"}, {"type": "null"}]}
_TEXT = {"anyOf": [{"type": "string"}, {"type": "null"}]}

Id = Annotated[Any, Meta(description="The caller's id of the prediction.", extra_json_schema=_ID)]
Time = Annotated[Any, Meta(description="ISO 8601 with a zone.", extra_json_schema=_TIME, examples=[TIME_EXAMPLE])]
Answer = Annotated[Any, Meta(description="Class label or regression output.", extra_json_schema=_SCALAR)]
Number = Annotated[Any, Meta(extra_json_schema=_NUMBER)]
Text = Annotated[Any, Meta(extra_json_schema=_TEXT)]
Version = Annotated[str | int | None, Meta(description="Of the model; a row may name its own.")]
ModelName = Annotated[str, Meta(min_length=1, max_length=256, description="Created when it is new.")]
Columns = Annotated[
    dict[str, list[Any]],
    Meta(
        description="Equally long lists: id, time, feature.NAME, prediction, score, score.CLASS, segment.DIMENSION, …"
    ),
]


class PredictionRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One prediction."""

    id: Id = None
    time: Time = None
    version: Text = None
    features: dict[str, Any] | None = None
    prediction: Answer = None
    score: Number = None
    scores: Annotated[dict[str, Any] | None, Meta(description="Class → probability.")] = None
    segment: Annotated[dict[str, Any] | None, Meta(description="Dimension → value.")] = None
    latency_ms: Number = None
    weight: Annotated[Any, Meta(description="Of a sampled row; above 0.", extra_json_schema=_NUMBER)] = None


class OutcomeRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What came true of one prediction."""

    id: Id = None
    time: Time = None
    values: Annotated[dict[str, Any] | None, Meta(description='Like {"label": 1}.')] = None
    prediction_time: Time = None


class ClientNote(msgspec.Struct, forbid_unknown_fields=True):
    """What a sending program says about itself: never about a row."""

    sdk: str = ""
    instance: Annotated[str, Meta(description="One process of the sender; its counts begin with it.")] = ""
    dropped: Annotated[dict[str, int], Meta(description="Reason → rows dropped since the instance began.")] = {}


class PredictionsBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/predictions: rows or columns, not both."""

    model: ModelName
    version: Version = None
    client: ClientNote | None = None
    predictions: list[PredictionRow] | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


class OutcomesBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/outcomes: rows or columns, not both."""

    model: ModelName
    client: ClientNote | None = None
    outcomes: list[OutcomeRow] | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


class ChangeBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/changes: something people or systems did."""

    kind: Annotated[str, Meta(description="deploy, config, data or feature_pipeline.")]
    time: Time
    summary: Annotated[str, Meta(min_length=1, max_length=2_000)]
    model: ModelName | None = None
    service: Annotated[str, Meta(max_length=256)] | None = None
    version: Version = None
    url: Annotated[str, Meta(max_length=2_000)] | None = None


class BacktestBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/backtest: the stored past of a model under other options."""

    model: ModelName
    start: Annotated[Any, Meta(extra_json_schema=_TIME)] = msgspec.field(default=None, name="from")
    end: Annotated[Any, Meta(extra_json_schema=_TIME)] = msgspec.field(default=None, name="to")
    options: Annotated[
        dict[str, Any], Meta(description="Keys of [models.NAME] to try instead of the present ones.")
    ] = {}


class FeatureMeans(msgspec.Struct, forbid_unknown_fields=True):
    """Mean attributions of one feature: of categories, or of the intervals between ascending edges."""

    mean: Annotated[
        list[float],
        Meta(description="One for each category; one for each interval between edges, with or without the outer two."),
    ]
    edges: list[float] | None = None
    categories: Annotated[list[Any], Meta(extra_json_schema={"items": _SCALAR})] | None = None
    missing: Annotated[float | None, Meta(description="Of rows without a value.")] = None


class AttributionsBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/models/{model}/attributions as JSON: means per bin, or columns of explained predictions."""

    features: dict[str, FeatureMeans] | UnsetType = UNSET
    columns: (
        Annotated[dict[str, list[Any]], Meta(description="Equally long lists: feature.NAME and attribution.NAME.")]
        | UnsetType
    ) = UNSET


class AnswerBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /v1/alerts/{alert}/{answer} and /v1/incidents/{incident}/{answer}; may be left out."""

    comment: Annotated[str, Meta(extra_json_schema={"maxLength": MOST_COMMENT_CHARS})] = ""


class BaselineBody(msgspec.Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """POST /v1/models/{model}/baseline as JSON: stored traffic between two times becomes the baseline."""

    start: Time
    end: Time
    version: Version = None
