"""The language of business metrics: small, and its errors point at the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.records.expression import MOST_DEEP, Kind, parse_expression, require_number, require_truth

WORDS = [
    "and",
    "or",
    "not",
    "in",
    "is",
    "missing",
    "true",
    "x",
    "feature.y",
    '"a b"',
    "if",
    "min",
    "foo",
    "'t'",
    "1",
    ".5e3",
]
SIGNS = ["(", ")", ",", "=", "!=", "<>", "<=", "+", "-", "*", "/", "'", '"', "%", ";", "\n", "é", "."]


def shown(node):
    if node.operator in ("name", "literal"):
        return str(node.value)
    return f"({node.operator} {' '.join(map(shown, node.operands))})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and not c", "(or a (and b (not c)))"),
        ("a + b * c - d", "(- (+ a (* b c)) d)"),
        ("-a * b", "(* (negative a) b)"),
        ("(a or b) and c", "(and (or a b) c)"),
        ("a + 1 >= b / 2", "(>= (+ a 1.0) (/ b 2.0))"),
        ("not a = 1", "(not (= a 1.0))"),
        ("a == 1", "(= a 1.0)"),
        ("a <> 'x'", "(!= a x)"),
        ("a in (1, 2)", "(or (= a 1.0) (= a 2.0))"),
        ("a not in ('x')", "(not (= a x))"),
        ("a is missing", "(missing a)"),
        ("a is not missing", "(not (missing a))"),
        ("not not a", "a"),
        ("--1", "1.0"),
        ("if(a > 0, min(a, 5), abs(b))", "(if (> a 0.0) (min a 5.0) (abs b))"),
        ('feature."x y".z = true', "(= feature.x y.z 1.0)"),
        ("score.yes*2", "(* score.yes 2.0)"),
    ],
)
def test_operators_bind_as_people_read_them(text, tree):
    assert shown(parse_expression(text).root) == tree


def test_names_are_told_once_in_their_order():
    assert parse_expression("b + a + b > segment.country").names == ("b", "a", "segment.country")


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("label = = 0", 9, "a value is expected; there is `=`"),
        ("", 1, "a value is expected; the text ends"),
        ("(a", 3, "`)` is expected; the text ends"),
        ("a b", 3, "an operator or the end is expected; there is `b`"),
        ("a = 1 = 2", 7, "an operator or the end is expected"),
        ("a; drop", 2, "';' means nothing here"),
        ("a = 'x", 5, "the quote ' is never closed"),
        ("absolute(a)", 1, "there is no function 'absolute'; there are abs, if, max, min"),
        ("mim(a, b)", 1, "there is no function 'mim'; did you mean 'min'?"),
        ("abs(a, b)", 1, "abs takes 1 arguments; 2 were given"),
        ("a > 'x'", 3, "texts have no order"),
        ("1 = 'x'", 3, "a number and a text cannot be compared"),
        ("a and 5", 7, "'and' is about what is true or false; this is a number"),
        ("'x' + 1", 1, "only numbers can be computed with"),
        ("if(5, 1, 2)", 4, "a condition is true or false; this is a number"),
        ("a is 5", 6, "`missing` is expected"),
        ("a not b", 7, "`in` is expected"),
        ("and", 1, "a value is expected; there is `and`"),
    ],
)
def test_an_error_says_what_is_wrong_and_points_at_it(text, column, sentence):
    with pytest.raises(InvalidInput) as caught:
        parse_expression(text)
    first, repeated, mark = caught.value.message.split("\n")
    assert first.startswith(f"Column {column}: ")
    assert sentence in first
    assert repeated.strip() == text
    assert mark.index("^") == column + 1


def test_an_unknown_name_is_told_with_the_nearest():
    expression = parse_expression("label = 0 and revewed")
    with pytest.raises(InvalidInput, match=r"Column 15: there is no column 'revewed'; did you mean 'reviewed'\?"):
        expression.check_names(["label", "reviewed"])
    with pytest.raises(InvalidInput, match="there is no column 'label'; there are x, y"):
        expression.check_names(["y", "x"])
    expression.check_names(["label", "revewed"])


def test_what_is_asked_for_must_be_there():
    require_truth(parse_expression("a = 1"))
    require_truth(parse_expression("reviewed"))
    require_number(parse_expression("a = 1"))
    with pytest.raises(InvalidInput, match="a condition is true or false; this is a number"):
        require_truth(parse_expression("a + 1"))
    with pytest.raises(InvalidInput, match="a sum needs a number"):
        require_number(parse_expression("'x'"))


@pytest.mark.parametrize(
    "text",
    ["(" * (MOST_DEEP + 1) + "1" + ")" * (MOST_DEEP + 1), "1+" * 400 + "1", "a" * 2_000, "abs(" * 60 + "1" + ")" * 60],
)
def test_an_expression_has_an_end(text):
    with pytest.raises(InvalidInput, match="at most"):
        parse_expression(text)


@given(st.lists(st.sampled_from(WORDS + SIGNS), max_size=30), st.sampled_from(["", " "]))
def test_any_text_is_read_or_refused_in_a_sentence(parts, between):
    text = between.join(parts)
    expression, refusal = read(text)
    if expression is None:
        assert refusal[0].isupper()
        assert refusal.count("\n") in (0, 2)
    else:
        assert expression.root.kind in Kind
        assert parse_expression(text) == expression


@given(st.text(max_size=60))
def test_so_is_any_other(text):
    expression, refusal = read(text)
    assert expression is not None or refusal[0].isupper()


def read(text):
    """The expression, or the sentence that refuses it."""
    try:
        return parse_expression(text), ""
    except InvalidInput as wrong:
        return None, wrong.message
