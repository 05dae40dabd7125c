"""`seamark answer`: one sentence out, the server's own sentence when it refuses."""

import json

import pytest

from seamark.cli import main

SAID = {"answer": "accept", "alerts": ["alt_1"], "by": "ana", "comment": "", "at_ms": 7}


def answer(server, *arguments):
    return main(["answer", *arguments, "--url", server.url])


@pytest.mark.parametrize(
    ("id", "path"),
    [
        ("alt_1", "/v1/alerts/alt_1/accept"),
        ("inc_1", "/v1/incidents/inc_1/accept"),
        ("a/b", "/v1/alerts/a%2Fb/accept"),
    ],
)
def test_the_id_says_whether_it_is_an_alert_or_an_incident(server, id, path):
    server.answers = [(202, {}, SAID)]
    assert answer(server, id, "accept", "--comment", "prices went up") == 0
    [(sent_to, _, body)] = server.requests
    assert (sent_to, json.loads(body)) == (path, {"comment": "prices went up"})


def test_what_was_said_is_said_in_plain_words(server, capsys):
    server.answers = [(202, {}, SAID | {"alerts": ["alt_1", "alt_2"]})]
    assert answer(server, "inc_1", "accept") == 0
    assert capsys.readouterr().out == "2 alerts: new normal.\n"


def test_programs_get_the_servers_answer(server, capsys):
    server.answers = [(202, {}, SAID)]
    assert answer(server, "alt_1", "accept", "--json") == 0
    assert json.loads(capsys.readouterr().out) == SAID


def test_a_refusal_is_the_servers_sentence_and_exit_code_2(server, capsys):
    server.answers = [(409, {}, {"detail": "Alert 'alt_1' (amount) is over."})]
    assert answer(server, "alt_1", "resolve") == 2
    assert "Alert 'alt_1' (amount) is over." in capsys.readouterr().err
