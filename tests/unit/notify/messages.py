"""Messages of every kind, as hypothesis draws them."""

from dataclasses import replace

from hypothesis import strategies as st
from tests.unit.notify.test_webhook import MESSAGE

from seamark.notify.notifier import REASONS, Item, Section

texts = st.text(max_size=40)
_long = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.integers(1, 12_000))
lines = st.lists(texts | _long, max_size=4).map(tuple)
items = st.builds(
    Item,
    st.from_regex(r"inc_[0-9]{1,4}", fullmatch=True),
    st.integers(1, 9),
    st.sampled_from(["opened", "resolved"]),
    texts | _long,
    texts,
    st.sampled_from(["open", "resolved"]),
    st.sampled_from(["P1", "P2", "P3"]),
    st.just("http://localhost:8420/"),
)
sections = st.builds(
    Section, texts, lines, st.dictionaries(texts, st.lists(st.floats(0, 1e9), max_size=14).map(tuple), max_size=2)
)
messages = st.builds(
    lambda over, **fields: replace(MESSAGE, state="resolved" if over else "open", **fields),
    st.booleans(),
    reason=st.sampled_from(sorted(REASONS)),
    title=texts | _long,
    model=texts,
    priority=st.sampled_from(["P1", "P2", "P3"]),
    severity=st.sampled_from(["critical", "high", "warning", "info"]),
    causes=lines,
    evidence=lines,
    counter_evidence=lines,
    next_step=texts,
    note=texts,
    ended=texts,
    items=st.lists(items, max_size=25).map(tuple),
    sections=st.lists(sections, max_size=2).map(tuple),
)
