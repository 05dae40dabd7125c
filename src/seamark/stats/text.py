"""Texts: a text stands for its length, its words that the reference does not know, and its kinds of characters.

None of that depends on a language or lets the text be read back. Words are runs of letters, marks and digits, in
lower case, each digit as 0 (numbers are many and say little); in scripts that do not part words (Chinese, Japanese,
Thai, …) each character is one. A word is known when at least two texts of the reference have it, so a name or an
account number that occurs once is in no vocabulary, and a vocabulary holds hashes only.

Kinds of characters are Unicode's general categories as this Python has them: two machines may differ about
characters that are newer than one of them. All else is exact whatever the batches.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Floats
from seamark.stats.hashing import hash_strings
from seamark.stats.lookup import HashTable, build_table

TEXT_SERIES: Final = (
    "length",
    "unknown_words",
    "word_length",
    "letters",
    "capitals",
    "digits",
    "punctuation",
    "spaces",
    "not_ascii",
)
MAX_WORDS: Final = 50_000
_LEARNED_FROM: Final = 50_000  # texts of a reference, evenly spaced
_KNOWN_BY: Final = 2  # texts that must have a word
_STILL_FITS: Final = 0.2  # of the words may be unknown
_CHUNK_BYTES: Final = 1 << 17  # whose temporaries a cache holds
_LETTER, _CAPITAL, _DIGIT, _PUNCTUATION, _SPACE, _OTHER, _MARK, _ALONE = range(8)
_FOREIGN: Final = 8
_WORDLY: Final = np.array([True, True, True, False, False, False, True, True])
_ASCII: Final = 128
_UNPARTED: Final = (  # scripts written without spaces between words
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # CJK ideographs
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """How texts are measured: `words` (uint64[V], ascending) are the hashes of the known ones; None = nobody said.

    `frequent` marks those that a third text of the reference has too.
    """

    words: Hashes | None = None
    frequent: Mask | None = None
    _tables: list[HashTable] = field(default_factory=list, repr=False)  # built when first needed

    def measure(self, offsets: Offsets, data: Bytes, *, learned: Mask | None = None) -> Floats:
        """float64[N, S] of N texts in UTF-8, as Arrow lays them out: the series named TEXT_SERIES.

        Length counts characters; unknown words are a share of the words, the rest shares of the characters; NaN
        where a text has none. `learned` marks texts that the vocabulary was learned from: a word is known to such a
        text by others (Good-Turing: what a text adds to a reference is what the next text will bring).
        """
        found = np.empty((len(offsets) - 1, len(TEXT_SERIES)))
        for start, stop in _parts(offsets):
            read = _read(offsets[start : stop + 1], data)
            strict = None if learned is None else learned[start:stop]
            found[start:stop] = _measured(read, self._known(read, strict))
        return found

    def fits(self, measured: Floats) -> bool:
        """Whether float64[N, S] measured of new reference texts says that they can go on being measured like this."""
        unknown = measured[:, TEXT_SERIES.index("unknown_words")]
        return bool(np.isfinite(unknown).any()) and float(np.nanmean(unknown)) <= _STILL_FITS

    def _known(self, read: _Read, strict: Mask | None) -> Mask | None:
        if self.words is None:
            return None
        if not self._tables:
            grade = np.ones(len(self.words), np.uint8) if self.frequent is None else 1 + self.frequent.astype(np.uint8)
            self._tables.append(build_table(self.words, grade, absent=0))
        grade = self._tables[0].find(read.words)
        if strict is None:
            return np.asarray(grade >= 1)
        return np.asarray(grade >= 1 + strict[read.text_of_word].astype(np.uint8))


def learn_text(offsets: Offsets, data: Bytes, missing: Mask | None = None) -> tuple[Text, Mask]:
    """The vocabulary of N reference texts, and which of them (bool[N]) it was learned from."""
    present = np.arange(len(offsets) - 1) if missing is None else np.flatnonzero(~missing)
    chosen = present[np.linspace(0, len(present) - 1, min(len(present), _LEARNED_FROM)).astype(np.int64)]
    learned = np.zeros(len(offsets) - 1, dtype=np.bool_)
    learned[chosen] = True
    words, texts = np.empty(0, np.uint64), np.empty(0, np.int64)
    for start, stop in _parts(offsets):
        read = _read(offsets[start : stop + 1], data)
        mine = learned[start:stop][read.text_of_word]
        pairs = np.unique(np.stack([read.words[mine], read.text_of_word[mine].astype(np.uint64)]), axis=1)
        words, place = np.unique(np.concatenate([words, pairs[0]]), return_inverse=True)
        weights = np.concatenate([texts, np.ones(pairs.shape[1], np.int64)])
        texts = np.bincount(place, weights, minlength=len(words)).astype(np.int64)
    kept = np.flatnonzero((texts >= _KNOWN_BY) & (words != 0))
    kept = np.sort(kept[np.lexsort((words[kept], -texts[kept]))][:MAX_WORDS])
    return Text(words[kept], texts[kept] > _KNOWN_BY), learned


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """N texts taken apart: C characters and W words."""

    starts: Offsets  # [N + 1] where the characters of each text begin
    kinds: Bytes  # [C], and _FOREIGN more where a character is not ASCII
    words: Hashes  # [W]
    text_of_word: Offsets  # [W]
    characters: Offsets  # [W] characters of each word


def _parts(offsets: Offsets) -> Iterator[tuple[int, int]]:
    """Runs of texts of about _CHUNK_BYTES, at least one text each."""
    start, count = 0, len(offsets) - 1
    while start < count:
        stop = int(np.searchsorted(offsets, offsets[start] + _CHUNK_BYTES, side="right")) - 1
        stop = min(max(stop, start + 1), count)
        yield start, stop
        start = stop


def _read(offsets: Offsets, data: Bytes) -> _Read:
    starts, codes = _characters(offsets, data)
    kinds, lowered = _classified(codes)
    wordly = _WORDLY[kinds]
    begins = wordly.copy()
    begins[1:] &= ~wordly[:-1] | (kinds[1:] == _ALONE) | (kinds[:-1] == _ALONE)
    of_texts = starts[:-1][starts[:-1] < len(codes)]
    begins[of_texts] |= wordly[of_texts]
    word_starts, inside = np.flatnonzero(begins), np.flatnonzero(wordly)
    edges = np.append(np.searchsorted(inside, word_starts), len(inside)).astype(np.int64)
    hashes = hash_strings(edges * lowered.itemsize, lowered[inside].view(np.uint8))
    text_of_word = np.searchsorted(starts, word_starts, side="right") - 1
    kinds[codes >= _ASCII] += _FOREIGN
    return _Read(starts, kinds, hashes, text_of_word.astype(np.int64), np.diff(edges))


def _characters(offsets: Offsets, data: Bytes) -> tuple[Offsets, npt.NDArray[np.uint32]]:
    """Where the characters of each text begin, and all of them."""
    piece, starts = data[offsets[0] : offsets[-1]], offsets - offsets[0]
    if piece.max(initial=0) < _ASCII:
        return starts, piece.astype(np.uint32)
    before = np.concatenate([[0], np.cumsum((piece & 0xC0) != 0x80)])  # characters before each byte
    text = piece.tobytes().decode("utf-8", "replace")
    return before[starts].astype(np.int64), np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")


def _measured(read: _Read, known: Mask | None) -> Floats:
    count = len(read.starts) - 1
    found = np.full((count, len(TEXT_SERIES)), np.nan)
    length = np.diff(read.starts)
    words = np.bincount(read.text_of_word, minlength=count)
    slots = np.repeat(np.arange(count) * 2 * _FOREIGN, length)
    by_kind = np.bincount(np.add(slots, read.kinds, out=slots), minlength=count * 2 * _FOREIGN)
    foreign = by_kind.reshape(count, 2, _FOREIGN)[:, 1].sum(axis=1)
    of_kind = by_kind.reshape(count, 2, _FOREIGN).sum(axis=1).T
    letters = of_kind[_LETTER] + of_kind[_CAPITAL] + of_kind[_MARK] + of_kind[_ALONE]
    others = (of_kind[_CAPITAL], of_kind[_DIGIT], of_kind[_PUNCTUATION], of_kind[_SPACE], foreign)
    found[:, 0] = length
    with np.errstate(invalid="ignore"):
        if known is not None:
            found[:, 1] = np.bincount(read.text_of_word, ~known, minlength=count) / words
        found[:, 2] = np.bincount(read.text_of_word, read.characters, minlength=count) / words
        for column, characters in enumerate((letters, *others), start=3):
            found[:, column] = characters / length
    return found


def _classified(codes: npt.NDArray[np.uint32]) -> tuple[Bytes, npt.NDArray[np.uint32]]:
    """The kind of each of C characters, and the character it is as part of a word."""
    plain = np.minimum(codes, _ASCII - 1)
    kinds, lowered = _ASCII_KINDS[plain], _ASCII_LOWERED[plain]
    foreign = np.flatnonzero(codes >= _ASCII)
    if len(foreign):
        distinct, place = np.unique(codes[foreign], return_inverse=True)
        classified = [_classify(code) for code in distinct.tolist()]
        kinds[foreign] = np.array([kind for kind, _ in classified], np.uint8)[place]
        lowered[foreign] = np.array([low for _, low in classified], np.uint32)[place]
    return kinds, lowered


def _classify(code: int) -> tuple[int, int]:
    character = chr(code)
    category = unicodedata.category(character)
    if any(low <= code <= high for low, high in _UNPARTED) and category[0] in "LM":
        return _ALONE, code
    if category == "Lu":
        low = character.lower()
        return _CAPITAL, ord(low) if len(low) == 1 else code
    if category[0] == "N":
        return _DIGIT, ord("0")
    if category[0] == "Z" or character.isspace():
        return _SPACE, code
    return {"L": _LETTER, "M": _MARK, "P": _PUNCTUATION}.get(category[0], _OTHER), code


_CLASSIFIED: Final = [_classify(code) for code in range(_ASCII)]
_ASCII_KINDS: Final = np.array([kind for kind, _ in _CLASSIFIED], np.uint8)
_ASCII_LOWERED: Final = np.array([low for _, low in _CLASSIFIED], np.uint32)
