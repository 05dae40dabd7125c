"""The small language of business metrics: `prediction = 1 and reviewed`, `min(revenue, 100) * quantity`.

An expression is read once into a tree of a few kinds of nodes and can reach nothing but the columns of joined rows: no
loops, no attributes, no calls but `FUNCTIONS`. What is missing stays missing, and a row without a value does not count.
An error points at the column of the text.

    expression = any of:  a or b · a and b · not a
                          a = b · a != b · a < b · a <= b · a > b · a >= b · a in (1, 2) · a is missing
                          a + b · a - b · a * b · a / b · -a · (a) · if(condition, a, b) · abs min max
                          12.5 · 'text' · true · false · a name · "a name with spaces"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from seamark.errors import InvalidInput

FUNCTIONS: Final = {"abs": (1, 1), "min": (2, 8), "max": (2, 8), "if": (3, 3)}  # how many arguments each takes
MOST_CHARACTERS: Final = 1_000
MOST_DEEP: Final = 30
MOST_NODES: Final = 300
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "missing", "true", "false"})
_COMPARISONS: Final = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)
      | (?P<text>'[^']*')
      | (?P<name>(?:[^\W\d]\w*|"[^"]+")(?:\.(?:\w+|"[^"]+"))*)
      | (?P<sign><>|<=|>=|==|!=|[-+*/(),=<>])""",
    re.VERBOSE,
)


class Kind(StrEnum):
    """What an expression gives; the kind of a name shows only in the rows."""

    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "true or false"
    ANY = "a value"


@dataclass(frozen=True, slots=True)
class Node:
    """One step: an operator, function, `name` or `literal`, and what it is applied to."""

    operator: str
    kind: Kind
    column: int  # from 1
    operands: tuple[Node, ...] = ()
    value: str | float = 0.0  # of a literal (truths are 1 and 0), the path of a name

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for each in self.operands:
            yield from each.walk()


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read."""

    text: str
    root: Node

    @property
    def names(self) -> tuple[str, ...]:
        """The names it uses, each once, in their order."""
        return tuple(dict.fromkeys(str(node.value) for node in self.root.walk() if node.operator == "name"))

    def check_names(self, known: Collection[str]) -> None:
        """Raise InvalidInput for the first name that is not `known`, with the nearest that is."""
        for node in self.root.walk():
            if node.operator == "name" and node.value not in known:
                near = get_close_matches(str(node.value), known, n=1)
                there = f"there are {', '.join(sorted(known)[:20])}" if known else "there are no columns yet"
                hint = f"did you mean {near[0]!r}?" if near else f"{there}."
                raise _wrong(self.text, node.column, f"there is no column {node.value!r}; {hint}")


def parse_expression(text: str) -> Expression:
    """Read an expression; raises InvalidInput that says what is wrong and points at where.

    >>> parse_expression("label = 0 and not reviewed").names
    ('label', 'reviewed')
    """
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"An expression has at most {MOST_CHARACTERS} characters; this one has {len(text)}.")
    return Expression(text, _Reader(text).whole())


def require_truth(expression: Expression) -> None:
    """Raise InvalidInput unless the expression can be true or false."""
    if expression.root.kind not in (Kind.TRUTH, Kind.ANY):
        raise _wrong(
            expression.text, expression.root.column, f"a condition is true or false; this is {expression.root.kind}."
        )


def require_number(expression: Expression) -> None:
    """Raise InvalidInput unless the expression can be a number; true counts as 1 and false as 0."""
    if expression.root.kind is Kind.TEXT:
        raise _wrong(expression.text, expression.root.column, "this is a text; a sum needs a number.")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


class _Tokens:
    """The text, token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._at]

    def advance(self) -> _Token:
        token = self.next
        self._at += 1
        return token

    def take(self, *texts: str) -> _Token | None:
        """The next token if it is one of these words or signs."""
        return self.advance() if self.next.text in texts and self.next.kind in ("name", "sign") else None

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected(f"`{text}`")

    def unexpected(self, wanted: str) -> InvalidInput:
        token = self.next
        there = "the text ends" if token.kind == "end" else f"there is `{token.text}`"
        return _wrong(self.text, token.column, f"{wanted} is expected; {there}.")


class _Reader:
    """A recursive descent; the methods stand in the order of precedence, the weakest first."""

    def __init__(self, text: str) -> None:
        self._tokens = _Tokens(text)
        self._text = text
        self._deep = 0

    def whole(self) -> Node:
        node = self._either()
        if self._tokens.next.kind != "end":
            raise self._tokens.unexpected("an operator or the end")
        if sum(1 for _ in node.walk()) > MOST_NODES:
            raise InvalidInput(f"An expression has at most {MOST_NODES} parts.", value=self._text)
        return node

    def _either(self) -> Node:
        self._deep += 1
        if self._deep > MOST_DEEP:
            raise _wrong(self._text, self._tokens.next.column, f"an expression is at most {MOST_DEEP} brackets deep.")
        node = self._both()
        while token := self._tokens.take("or"):
            node = _logical(self._text, "or", token.column, node, self._both())
        self._deep -= 1
        return node

    def _both(self) -> Node:
        node = self._negated()
        while token := self._tokens.take("and"):
            node = _logical(self._text, "and", token.column, node, self._negated())
        return node

    def _negated(self) -> Node:
        column, turned = self._tokens.next.column, False
        while self._tokens.take("not"):
            turned = not turned
        node = self._comparison()
        return _logical(self._text, "not", column, node) if turned else node

    def _comparison(self) -> Node:
        left, tokens = self._sum(), self._tokens
        if sign := tokens.take(*_COMPARISONS):
            return _compared(self._text, _COMPARISONS[sign.text], sign.column, left, self._sum())
        if word := tokens.take("is"):
            turned = tokens.take("not")
            if not tokens.take("missing"):
                raise tokens.unexpected("`missing`")
            node = Node("missing", Kind.TRUTH, word.column, (left,))
            return Node("not", Kind.TRUTH, word.column, (node,)) if turned else node
        turned = tokens.take("not")
        if tokens.next.text == "in":
            node = self._member(left)
            return Node("not", Kind.TRUTH, node.column, (node,)) if turned else node
        if turned:
            raise tokens.unexpected("`in`")
        return left

    def _member(self, left: Node) -> Node:
        column = self._tokens.advance().column
        self._tokens.expect("(")
        first, *others = (_compared(self._text, "=", column, left, each) for each in self._listed())
        for each in others:
            first = Node("or", Kind.TRUTH, column, (first, each))
        return first

    def _sum(self) -> Node:
        node = self._product()
        while token := self._tokens.take("+", "-"):
            node = _computed(self._text, token.text, token.column, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._signed()
        while token := self._tokens.take("*", "/"):
            node = _computed(self._text, token.text, token.column, node, self._signed())
        return node

    def _signed(self) -> Node:
        column, turned = self._tokens.next.column, False
        while self._tokens.take("-"):
            turned = not turned
        node = self._atom()
        return _computed(self._text, "negative", column, node) if turned else node

    def _atom(self) -> Node:
        tokens, token = self._tokens, self._tokens.next
        if tokens.take("("):
            node = self._either()
            tokens.expect(")")
            return node
        if token.kind in ("sign", "end") or token.text in _WORDS - {"true", "false"}:
            raise tokens.unexpected("a value")
        tokens.advance()
        if token.kind == "number":
            return Node("literal", Kind.NUMBER, token.column, value=float(token.text))
        if token.kind == "text":
            return Node("literal", Kind.TEXT, token.column, value=token.text[1:-1])
        if token.text in ("true", "false"):
            return Node("literal", Kind.TRUTH, token.column, value=float(token.text == "true"))
        if tokens.take("("):
            return _call(self._text, token, self._listed())
        return Node("name", Kind.ANY, token.column, value=token.text.replace('"', ""))

    def _listed(self) -> list[Node]:
        """What stands in brackets, the first of which was taken."""
        found = [self._either()]
        while self._tokens.take(","):
            found.append(self._either())
        self._tokens.expect(")")
        return found


def _call(text: str, token: _Token, arguments: list[Node]) -> Node:
    name = token.text
    if name not in FUNCTIONS:
        near = get_close_matches(name, FUNCTIONS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(FUNCTIONS))}."
        raise _wrong(text, token.column, f"there is no function {name!r}; {hint}")
    least, most = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        takes = f"{least}" if least == most else f"{least} to {most}"
        raise _wrong(text, token.column, f"{name} takes {takes} arguments; {len(arguments)} were given.")
    if name == "if" and arguments[0].kind not in (Kind.TRUTH, Kind.ANY):
        raise _wrong(text, arguments[0].column, f"a condition is true or false; this is {arguments[0].kind}.")
    return _computed(text, name, token.column, *arguments)


def _logical(text: str, operator: str, column: int, *operands: Node) -> Node:
    for each in operands:
        if each.kind not in (Kind.TRUTH, Kind.ANY):
            raise _wrong(text, each.column, f"{operator!r} is about what is true or false; this is {each.kind}.")
    return Node(operator, Kind.TRUTH, column, operands)


def _compared(text: str, operator: str, column: int, left: Node, right: Node) -> Node:
    kinds = {left.kind, right.kind}
    if Kind.TEXT in kinds and not kinds <= {Kind.TEXT, Kind.ANY}:
        raise _wrong(text, column, f"{left.kind} and {right.kind} cannot be compared.")
    if Kind.TEXT in kinds and operator not in ("=", "!="):
        raise _wrong(text, column, f"texts have no order; = and != compare them, {operator!r} does not.")
    return Node(operator, Kind.TRUTH, column, (left, right))


def _computed(text: str, operator: str, column: int, *operands: Node) -> Node:
    for each in operands:
        if each.kind is Kind.TEXT:
            raise _wrong(text, each.column, "this is a text; only numbers can be computed with.")
    return Node(operator, Kind.NUMBER, column, operands)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            open_quote = text[at] in "'\""
            said = f"the quote {text[at]} is never closed." if open_quote else f"{text[at]!r} means nothing here."
            raise _wrong(text, at + 1, said)
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match[0], at + 1)
        at = match.end()
    yield _Token("end", "", len(text) + 1)


def _wrong(text: str, column: int, said: str) -> InvalidInput:
    """An error that repeats the text with a mark under the column."""
    line = re.sub(r"\s", " ", text)
    start = max(0, column - 60)
    shown = line[start : column + 40]
    return InvalidInput(f"Column {column}: {said}\n  {shown}\n  {' ' * (column - 1 - start)}^", value=text)
