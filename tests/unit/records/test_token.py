"""A token is found by the hash of its secret, and the secret itself is kept nowhere."""

from seamark.records.token import digest_of, issue

NOW_US = 1_767_225_600_000_000


def test_a_presented_secret_finds_its_token():
    token, secret = issue("ci", "default", NOW_US)
    assert token.digest == digest_of(secret)
    assert (token.name, token.project, token.created_us, token.revoked_us) == ("ci", "default", NOW_US, None)


def test_the_record_does_not_hold_the_secret():
    token, secret = issue("ci", "default", NOW_US)
    assert secret.removeprefix("smk_") not in repr(token)


def test_no_two_tokens_are_alike():
    issued = [issue("ci", "default", NOW_US) for _ in range(200)]
    assert len({secret for _, secret in issued}) == len({token.id for token, _ in issued}) == 200


def test_a_secret_has_256_random_bits():
    _, secret = issue("ci", "default", NOW_US)
    assert len(secret.removeprefix("smk_")) == 43  # 32 bytes in URL-safe base 64


def test_the_hash_is_the_same_for_ever():
    assert digest_of("smk_x") == "659e6d1bda8dcb4d7a3142f1b6554ed2eedbaccdb2b56f48d4820a57af8ced52"
