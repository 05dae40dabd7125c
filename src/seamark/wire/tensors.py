"""V2 / Open Inference tensors → rows: `{"name", "shape", "datatype", "data", "parameters"?}`.

The first dimension counts rows. A tensor of one value a row is a feature of its name (how MLServer sends data frames);
of several, a feature for each place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from seamark.errors import InvalidInput
from seamark.wire.sheets import MOST_COLUMNS, Sheet, flattened, merged, spread, text_in_base64

_NUMBERS: Final = (
    *("FP16", "BF16", "FP32", "FP64"),
    *("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"),
)
DATATYPES: Final = ("BOOL", *_NUMBERS, "BYTES")
_MOST_DIMENSIONS: Final = 8


def sheet_of_tensors(tensors: Sequence[Mapping[str, Any]], *, apart: bool = True) -> Sheet:
    """The rows of all tensors of a payload; raises InvalidInput for a shape that its data do not fill.

    Where there are several tensors, the places of each are columns, or unless `apart` one column of vectors.
    """
    alone = len(tensors) == 1
    most = MOST_COLUMNS if alone or apart else 1
    return merged(_sheet(tensor, f"tensor_{place}", most, alone=alone) for place, tensor in enumerate(tensors))


def _sheet(tensor: Mapping[str, Any], unnamed: str, most: int, *, alone: bool) -> Sheet:
    name, datatype, shape = str(tensor.get("name") or unnamed), tensor["datatype"], tensor.get("shape")
    data = tensor.get("data")
    if datatype not in DATATYPES:
        accepted = ", ".join(DATATYPES)
        raise InvalidInput(f"Tensor {name[:80]!r} has the datatype {str(datatype)[:20]!r}.", accepted=accepted)
    if not isinstance(data, list):
        raise InvalidInput(f"Tensor {name[:80]!r} has no list of data.", accepted="data in the JSON itself")
    flat = flattened(data)
    rows = rows_of_shape(shape, len(flat), name)
    if datatype == "BYTES":
        parameters = tensor.get("parameters")
        flat = _decoded(flat, parameters.get("content_type") if isinstance(parameters, dict) else None)
    elif datatype == "BOOL":
        flat = [bool(value) if type(value) is int else value for value in flat]
    return spread(flat, rows, name, alone=alone, most=most)


def rows_of_shape(shape: Any, values: int, name: str) -> int:
    """The first dimension of a shape that so many values fill; raises InvalidInput for another."""
    whole = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
    if not whole or len(shape) > _MOST_DIMENSIONS:
        raise InvalidInput(f"Tensor {name[:80]!r} has the shape {str(shape)[:80]}.", accepted="a list of whole numbers")
    size = 1
    for each in shape:
        size *= each
    if size != values:
        raise InvalidInput(
            f"Tensor {name[:80]!r} has {values:,} values for the shape {shape}.", accepted=f"{size:,} values"
        )
    if size == 0:
        raise InvalidInput(f"Tensor {name[:80]!r} is empty.", accepted="at least one row")
    return shape[0] if shape else 1


def _decoded(texts: list[Any], content_type: Any) -> list[Any]:
    """Texts; those in base64 as what they encode, and nothing where that is no text."""
    if content_type != "base64":
        return texts
    return [text_in_base64(text) for text in texts]
