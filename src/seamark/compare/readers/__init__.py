"""One file per kind of file that can be compared; its `READER` opens a path.

A reader is loaded when a path of its kind is opened, so that data in memory needs no pyarrow and no DuckDB.
"""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from seamark.compare.chunks import Source
from seamark.errors import InvalidInput

_KINDS: Final = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_COMPRESSED: Final = frozenset({".gz", ".zst"})
_SHOWN: Final = ", ".join(_KINDS)


def open_path(path: Path) -> Source:
    """Open a file by its suffix (of text, also compressed), or a folder of Parquet files.

    Raises InvalidInput when there is nothing at `path`, when its kind is unknown or not installed, and
    when it cannot be read as what its suffix says.
    """
    if not path.exists():
        raise InvalidInput(_missing(path), value=str(path))
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    kind = "parquet" if path.is_dir() else _KINDS.get(suffixes[-1] if suffixes else "")
    if kind is None:
        raise InvalidInput(
            f"The kind of {str(path)!r} is not known from its name; give a file that ends in one of {_SHOWN} "
            "(the text ones also with .gz or .zst), or a folder of Parquet files.",
            value=str(path),
            accepted=_SHOWN,
        )
    try:
        reader = importlib.import_module(f"{__name__}.{kind}").READER
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"Reading {path.name!r} needs the package {error.name!r}, which is not installed; "
            "run `pip install 'seamark[server]'`, or pass a frame or an Arrow table instead of a path.",
            value=str(path),
        ) from None
    source: Source = reader(path)
    return source


def _missing(path: Path) -> str:
    folder = path.parent
    near = get_close_matches(
        path.name, [entry.name for entry in folder.iterdir()] if folder.is_dir() else [], n=1, cutoff=0.75
    )
    hint = f"; did you mean {str(folder / near[0])!r}?" if near else "."
    return f"There is no file {str(path)!r}{hint}"
