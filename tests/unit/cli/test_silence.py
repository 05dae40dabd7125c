"""`seamark silence` asks a server, and shows what it answers."""

import json

import pytest

from seamark.cli import main

SILENCE = {
    "id": "sil_7",
    "matchers": ['model="fraud"', 'layer=~"data|model"'],
    "from_ms": 1_764_072_000_000,
    "to_ms": 1_764_079_200_000,
    "by": "ana",
    "comment": "a test",
    "active": True,
}


@pytest.fixture
def ask(server, capsys):
    def asked(*words, answer=None, status=200, code=0):
        server.answers = [(status, {}, answer if answer is not None else {})]
        assert main(["silence", *words, "--url", server.url]) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    return asked


@pytest.mark.parametrize(("duration", "seconds"), [("30m", 1_800), ("2h", 7_200), ("1d", 86_400)])
def test_a_silence_is_sent_in_seconds(ask, server, duration, seconds):
    told = ask("add", "model=fraud", "layer=~data|model", "--for", duration, "--comment", "a test", answer=SILENCE)
    assert told == 'sil_7: silent until 2025-11-25T14:00:00Z: model="fraud", layer=~"data|model".\n'
    [(path, _, body)] = server.requests
    assert (server.methods, path) == (["POST"], "/v1/silences")
    assert json.loads(body) == {
        "matchers": ["model=fraud", "layer=~data|model"],
        "for_seconds": seconds,
        "comment": "a test",
    }


@pytest.mark.parametrize("duration", ["2", "h", "2 h", "1w", "-1h", "1.5h", ""])
def test_a_time_that_is_none_is_refused_before_anybody_is_asked(ask, server, duration):
    told = ask("add", "model=fraud", f"--for={duration}", code=2)
    assert f"--for {duration!r} is no time; write 30m, 2h or 1d." in told
    assert server.requests == []


def test_silences_are_listed_a_line_each_and_none_is_said(ask, server):
    quiet = SILENCE | {"id": "sil_8", "by": "", "comment": ""}
    assert ask("list", answer={"silences": [SILENCE, quiet]}).splitlines() == [
        'sil_7  until 2025-11-25T14:00:00Z  model="fraud", layer=~"data|model"  ana: a test',
        'sil_8  until 2025-11-25T14:00:00Z  model="fraud", layer=~"data|model"',
    ]
    assert ask("list", answer={"silences": []}) == "Nothing is silent.\n"
    assert server.methods == ["GET", "GET"]


def test_a_silence_is_ended_by_its_id_whatever_stands_in_it(ask, server):
    assert ask("end", "sil_7") == "sil_7 is over.\n"
    ask("end", "../tokens?x")
    assert server.methods == ["DELETE", "DELETE"]
    assert [path for path, *_ in server.requests] == ["/v1/silences/sil_7", "/v1/silences/..%2Ftokens%3Fx"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["add", "model=fraud", "--for", "1h"], SILENCE),
        (["list"], {"silences": [SILENCE]}),
        (["end", "sil_7"], {"a": 1}),
    ],
)
def test_as_json_it_is_the_answer_of_the_server(ask, words, answer):
    assert json.loads(ask(*words, "--json", answer=answer)) == answer


def test_a_refusal_is_the_sentence_of_the_server(ask):
    told = ask("end", "sil_9", answer={"detail": "There is no silence 'sil_9'."}, status=404, code=2)
    assert "There is no silence 'sil_9'." in told
