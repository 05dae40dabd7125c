"""`seamark token`: the secret is shown once, and only its hash is kept."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seamark.app import open_accounts, open_store
from seamark.cli import main
from seamark.config import Config, StoreOptions
from seamark.records.token import digest_of


@pytest.fixture
def data(tmp_path):
    return str(tmp_path / "data")


def run(capsys, *arguments):
    code = main(["token", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def stored(data):
    with open_accounts(Config(store=StoreOptions(data))) as accounts:
        return accounts.tokens()


def test_a_new_tokens_secret_is_alone_on_stdout_so_that_a_script_can_take_it(data, capsys):
    code, out, err = run(capsys, "create", "ci", "--data", data)
    [token] = stored(data)
    assert code == 0
    assert digest_of(out.removesuffix("\n")) == token.digest
    assert token.id in err


def test_no_file_of_the_store_holds_the_secret(data, capsys):
    secret = run(capsys, "create", "ci", "--data", data)[1].strip()
    held = b"".join(path.read_bytes() for path in Path(data).rglob("*") if path.is_file())
    assert digest_of(secret).encode() in held
    assert secret.encode() not in held


def test_a_token_opens_the_project_it_was_made_for(data, capsys):
    run(capsys, "create", "ci", "--project", "lending", "--data", data)
    assert [(token.name, token.project) for token in stored(data)] == [("ci", "lending")]


def test_the_list_shows_every_token_and_no_secret(data, capsys):
    secrets = [run(capsys, "create", name, "--data", data)[1].strip() for name in ("ci", "laptop")]
    code, out, _ = run(capsys, "list", "--data", data)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines()] == ["ci", "laptop"]
    assert not any(secret in out or digest_of(secret) in out for secret in secrets)


def test_json_says_the_same(data, capsys):
    made = json.loads(run(capsys, "create", "ci", "--json", "--data", data)[1])
    listed = json.loads(run(capsys, "list", "--json", "--data", data)[1])
    assert set(made) - set(listed["tokens"][0]) == {"secret"}
    assert listed["tokens"][0]["id"] == made["id"]


def test_a_revoked_token_stays_in_the_list_with_its_first_time(data, capsys):
    run(capsys, "create", "ci", "--data", data)
    [token] = stored(data)
    first = run(capsys, "revoke", token.id, "--data", data)
    again = run(capsys, "revoke", token.id, "--data", data)
    assert first == again
    assert "revoked 20" in first[1]
    [revoked] = stored(data)
    assert revoked.revoked_us is not None
    assert revoked.digest == token.digest


def test_revoking_the_last_valid_token_says_that_nobody_can_pass(data, capsys):
    for name in ("ci", "laptop"):
        run(capsys, "create", name, "--data", data)
    first, last = stored(data)
    assert run(capsys, "revoke", first.id, "--data", data)[2] == ""
    code, _, err = run(capsys, "revoke", last.id, "--data", data)
    assert (code, err) == (0, "No token is valid now, so nobody can pass; `seamark token create` makes a new one.\n")


def test_an_unknown_token_is_refused(data, capsys):
    run(capsys, "create", "ci", "--data", data)
    assert run(capsys, "revoke", "tok_0", "--data", data) == (
        2,
        "",
        "seamark: There is no token 'tok_0'; `seamark token list` shows them all.\n",
    )


@pytest.mark.parametrize("arguments", [["list"], ["revoke", "tok_0"]])
def test_looking_into_a_store_that_is_not_there_does_not_make_it(arguments, data, capsys):
    code, _, err = run(capsys, *arguments, "--data", data)
    assert code == 2
    assert err == f"seamark: There is no store at {data!r}; name it with --data or --config.\n"
    assert not Path(data).exists()


def test_a_token_needs_a_name(data, capsys):
    assert run(capsys, "create", " ", "--data", data)[0] == 2
    assert not Path(data).exists()


def test_tokens_can_be_made_while_a_server_has_the_store_open(data):
    store = open_store(Config(store=StoreOptions(data)))
    try:
        script = "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", script, "token", "create", "ci", "--data", data]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
        assert [token.digest for token in store.accounts.tokens()] == [digest_of(made.stdout.strip())]
    finally:
        store.close()


def test_the_configuration_names_the_store(tmp_path, capsys):
    config = tmp_path / "seamark.toml"
    config.write_text(f"[store]\npath = {json.dumps(str(tmp_path / 'elsewhere'))}\n")
    assert run(capsys, "create", "ci", "--config", str(config))[0] == 0
    assert len(stored(str(tmp_path / "elsewhere"))) == 1
