"""The page needs nothing else, holds no stranger's markup, and stays small."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from seamark.compare import compare

RNG = np.random.default_rng(0)
VOID = {"meta", "input", "wbr", "path", "line"}


class Reader(HTMLParser):
    """Keeps elements and complains about a tag closed out of order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def frame(columns, rows=300, shift=0.0):
    data = {f"number_{at}": RNG.normal(shift, 1, rows) for at in range(columns // 2)}
    return data | {f"word_{at}": RNG.choice(list("abcdefghijkl"), rows) for at in range(columns - columns // 2)}


@pytest.fixture(scope="module")
def page():
    return compare(frame(8), frame(8, shift=1.0) | {"new": [1] * 300}).to_html()


def test_the_page_is_whole_and_well_formed(page):
    reader = read(page)
    assert reader.tags.count("article") == 8
    assert ("lang", "en") in reader.attributes


def test_the_page_asks_for_nothing_from_anywhere(page):
    outside = re.findall(r"""(?:src|href|url\(|@import|//)[^"'\s>]*""", page.replace("http://www.w3.org/2000/svg", ""))
    assert outside == []


def test_the_page_suits_light_dark_narrow_and_print(page):
    for words in ("prefers-color-scheme: dark", "width=device-width", "max-width: 640px", "@media print"):
        assert words in page


def test_every_picture_says_in_words_what_it_shows(page):
    reader = read(page)
    pictures = sum(1 for name, value in reader.attributes if (name, value) == ("role", "img"))
    assert pictures > 8
    assert sum(1 for name, _ in reader.attributes if name == "aria-label") >= pictures
    assert "Distribution of number_0: mean" in page


def test_distances_are_called_by_their_titles_and_not_by_their_files(page):
    for title in ("Jensen-Shannon distance", "Population stability index", "Cramér-von Mises"):
        assert f"<td>{title}</td>" in page
    assert not re.search(r"jensen.shannon|cramer.von|l.infinity", page)
    assert re.search(r'<span class="effect">JS distance 0\.\d{3}</span>', page)


def test_names_and_values_are_text_and_never_markup():
    evil = "<script>alert('x')</script>\"&"
    page = compare({evil: [evil, "b"] * 100}, {evil: ["<img src=x>", "b"] * 100}).to_html()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert read(page).tags.count("script") == 1


def test_two_hundred_columns_fit_into_two_megabytes():
    page = compare(frame(200), frame(200, shift=1.0)).to_html()
    assert read(page).tags.count("article") == 200
    assert len(page.encode()) <= 2_000_000


def test_thousands_of_columns_have_cards_for_the_first_and_names_for_the_rest():
    rng = np.random.default_rng(2)
    data = {f"c{at}": rng.normal(size=60) for at in range(1_500)}
    page = compare(data, data).to_html()
    assert read(page).tags.count("article") == 200
    assert "1,300 more columns" in page
    assert "c1499" in page
    assert len(page.encode()) <= 2_000_000


def test_a_report_without_columns_has_a_page():
    assert "0 of 0 columns drifted" in compare({}, {}).to_html()


def test_what_moves_the_score_is_said_on_its_card():
    rng = np.random.default_rng(3)
    before, after = rng.normal(size=2_000), rng.normal(1.0, 1.0, 2_000)
    page = compare({"x": before, "score": before}, {"x": after, "score": after}).to_html()
    assert "first what moves score most" in page
    assert re.search(r"moves score by \+[01]\.\d", page)
