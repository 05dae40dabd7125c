"""What is written out with all its brackets is read back as the tree it was."""

from hypothesis import given
from hypothesis import strategies as st

from seamark.records.expression import Kind, parse_expression

NAMES = st.sampled_from(["label", "feature.amount", "segment.country", "score.yes", "prediction"])
LITERALS = st.integers(0, 99).map(lambda value: ("literal", float(value)))
LEAVES = st.one_of(NAMES.map(lambda name: ("name", name)), LITERALS)


def numbers(children):
    return st.one_of(
        st.tuples(st.sampled_from("+-*/"), children, children),
        st.tuples(st.just("negative"), children),
        st.tuples(st.just("abs"), children),
        st.tuples(st.sampled_from(["min", "max"]), children, children, children),
        st.tuples(st.just("if"), truths(children), children, children),
    )


def truths(children):
    compared = st.tuples(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), children, children)
    missing = st.tuples(st.just("missing"), children)
    joined = st.tuples(st.sampled_from(["and", "or"]), compared, missing)
    return st.one_of(compared, missing, joined, st.tuples(st.just("not"), compared))


TREES = st.recursive(LEAVES, numbers, max_leaves=8)


def written(tree):
    operator, *operands = tree
    if operator in ("name", "literal"):
        return str(operands[0])
    parts = [written(each) for each in operands]
    if operator in ("abs", "min", "max", "if"):
        return f"{operator}({', '.join(parts)})"
    if operator == "missing":
        return f"({parts[0]} is missing)"
    if operator in ("not", "negative"):
        return f"({'not' if operator == 'not' else '-'} {parts[0]})"
    return f"({f' {operator} '.join(parts)})"


def as_tuple(node):
    if node.operator in ("name", "literal"):
        return (node.operator, node.value)
    return (node.operator, *map(as_tuple, node.operands))


@given(TREES)
def test_a_number_is_read_back(tree):
    expression = parse_expression(written(tree))
    assert as_tuple(expression.root) == tree
    assert expression.root.kind in (Kind.NUMBER, Kind.ANY)


@given(truths(TREES))
def test_a_condition_is_read_back(tree):
    expression = parse_expression(written(tree))
    assert as_tuple(expression.root) == tree
    assert expression.root.kind is Kind.TRUTH


@given(TREES, st.sampled_from([" ", "\n", "\t", "   "]))
def test_the_space_between_words_means_nothing(tree, space):
    text = written(tree)
    assert as_tuple(parse_expression(text.replace(" ", space)).root) == tree


@given(TREES)
def test_each_name_is_one_that_was_written(tree):
    text = written(tree)
    names = parse_expression(text).names
    assert all(name in text for name in names)
    assert len(set(names)) == len(names)
