"""What each answer means for its batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.client.reasons import Reason
from seamark.client.transport import Answer
from seamark.client.verdict import Acknowledged, Again, Lost, backoff_seconds, judge


def answer(status, body=None, retry_after=None):
    return Answer(status, retry_after, body)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_acknowledges_every_row(status):
    assert judge(answer(status), 10, 0) == Acknowledged()
    assert judge(answer(status, {"accepted": 10, "refused": [], "refused_rows": 0}), 10, 0) == Acknowledged()


def test_rows_refused_from_a_taken_batch_are_counted_and_quoted():
    body = {"accepted": 7, "refused": [{"row": 2, "message": "time 'x' is not a time."}], "refused_rows": 3}
    assert judge(answer(202, body), 10, 0) == Acknowledged(
        3, "The server refused rows; the first: time 'x' is not a time."
    )


def test_a_server_that_only_lists_refusals_is_understood_too():
    assert judge(answer(202, {"refused": [{}, {}]}), 10, 0).refused == 2


@pytest.mark.parametrize("refused", ["all", 3, {"row": 1}, None, [None], [7]])
def test_an_acknowledgement_of_another_shape_never_crashes(refused):
    assert isinstance(judge(answer(202, {"refused": refused, "refused_rows": "many"}), 10, 0), Acknowledged)


def test_more_refusals_than_rows_are_no_more_than_all():
    assert judge(answer(202, {"refused": [{}] * 20}), 10, 0).refused == 10


def test_a_batch_of_refused_rows_alone_is_lost_as_refused():
    body = {"status": 422, "accepted": 0, "refused": [{"row": 0, "message": "no id."}], "refused_rows": 10}
    assert judge(answer(422, body), 10, 0) == Lost(Reason.REFUSED, "The server refused rows; the first: no id.")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *(
            (status, Reason.REJECTED)
            for status in (300, 301, 302, 304, 307, 308, 400, 402, 405, 409, 415, 418, 422, 451)
        ),
        *((status, Reason.UNAUTHORISED) for status in (401, 403)),
        (404, Reason.NOT_FOUND),
        (413, Reason.TOO_LARGE),
    ],
)
def test_what_sending_again_cannot_mend_is_lost_for_a_reason(status, reason):
    verdict = judge(answer(status, {"detail": "the model's name is empty"}), 10, 0)
    assert verdict == Lost(reason, f"The server answered {status}: the model's name is empty")


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
@pytest.mark.parametrize("failures", [0, 1000])
def test_a_server_that_is_busy_or_away_is_tried_for_ever(status, failures):
    verdict = judge(answer(status), 10, failures)
    assert isinstance(verdict, Again)
    assert not verdict.suspect


@pytest.mark.parametrize("status", [500, 501, 505, 599])
def test_a_batch_the_server_fails_on_is_given_up_after_five_attempts(status):
    verdicts = [judge(answer(status), 10, failures) for failures in range(5)]
    assert [type(verdict) for verdict in verdicts] == [Again] * 4 + [Lost]
    assert all(verdict.suspect for verdict in verdicts[:4])
    assert verdicts[-1].reason is Reason.SERVER_ERROR


@pytest.mark.parametrize(("said", "kept"), [(None, None), (0.0, 0.0), (7.0, 7.0), (86_400.0, 300.0)])
def test_the_pause_a_server_asks_for_is_kept_up_to_five_minutes(said, kept):
    assert judge(answer(429, retry_after=said), 10, 0).least_seconds == kept


@pytest.mark.parametrize(
    ("body", "words"),
    [({"detail": "too deep"}, "too deep"), ({"title": "Bad"}, "Bad"), ({}, "Bad Request"), (None, "Bad Request")],
)
def test_the_warning_quotes_what_the_server_said(body, words):
    assert judge(answer(400, body), 1, 0).why == f"The server answered 400: {words}"


def test_a_status_nobody_knows_is_still_a_sentence():
    assert judge(answer(599), 1, 99).why == "The server answered 599: an unknown status."


def test_a_long_explanation_is_cut():
    assert len(judge(answer(400, {"detail": "x" * 10_000}), 1, 0).why) < 400


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True), st.floats(0.001, 10), st.floats(0.001, 100))
def test_a_pause_is_never_longer_than_its_doubling_bound_nor_than_the_most(attempt, chance, first, most):
    pause = backoff_seconds(attempt, chance, first, most)
    assert 0 <= pause <= most
    assert pause <= first * 2.0 ** min(attempt - 1, 60)


def test_pauses_double_and_then_stay():
    assert [backoff_seconds(attempt, 0.5, 1.0, 5.0) for attempt in range(1, 6)] == [0.5, 1.0, 2.0, 2.5, 2.5]
