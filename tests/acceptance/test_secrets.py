"""No secret is shown: not in the log, an answer, the screen's files, the store, a backup, or a command's output.

Every secret of this server is a text that is found nowhere else. It is used (sources are asked with it, features are
hashed with it, requests are let in with it), refused, and mistyped; then everything that came out is searched.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx
import pytest
from tests.acceptance.serving import TIME, serve, until

from seamark.cli import main

pytestmark = pytest.mark.acceptance

SECRETS = {
    "HASH_KEY": "canary-hash-key-c1a7",
    "PASSWORD": "canary-password-41b2",
    "TOKEN": "canary-bearer-99d3",
    "SIGNATURE": "canary-signature-e0f4",
}
HASHED, DROPPED, WRONG = "canary-personal-7a5f", "canary-dropped-5c6d", "smk_canary-wrong-token-8b7e"
CONFIG = """
[pipeline]
slow_seconds = 0.1
slow_share = 1.0
[ingest]
hash_key = "env:HASH_KEY"
[models.m.features.email]
handling = "hash"
[models.m.features.name]
handling = "drop"
[receivers.on_call]
type = "webhook"
url = "http://127.0.0.1:9/"
secret = "env:SIGNATURE"
[sources.one]
type = "prometheus"
url = "http://127.0.0.1:9/"
username = "seamark"
password = "env:PASSWORD"
every_seconds = 1
[sources.two]
type = "prometheus"
url = "http://127.0.0.1:9/"
token = "env:TOKEN"
every_seconds = 1
"""
ASKED = ("models", "overview?model=m", "incidents", "rows?model=m", "components", "quality?model=m", "nothing")


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_secret_is_shown_anywhere(tmp_path, monkeypatch, capfd):
    for name, value in SECRETS.items():
        monkeypatch.setitem(os.environ, name, value)
    data, backup = tmp_path / "data", tmp_path / "backup"
    assert main(["token", "create", "sender", "--data", str(data)]) == 0
    secret = capfd.readouterr().out.strip()
    assert secret.startswith("smk_")
    with serve(tmp_path, CONFIG) as served, httpx.Client(base_url=served.address) as client:
        right, wrong = ({"Authorization": f"Bearer {each}"} for each in (secret, WRONG))
        row = {"id": "1", "time": TIME, "features": {"email": HASHED, "name": DROPPED, "amount": 1}}
        said = [client.post("/v1/predictions", json={"model": "m", "predictions": [row]}, headers=right)]
        assert said[0].status_code == 202
        said.append(client.post("/v1/predictions", json={"model": "m", "predictions": [{"id": 1}]}, headers=right))
        said.append(client.post("/v1/predictions", content=b"{", headers=right))
        said += [client.get(f"/v1/{path}", headers=headers) for path in ASKED for headers in (right, wrong)]
        said += [client.get(path, headers=right) for path in ("/", "/metrics", "/readyz", "/schema/openapi.json")]
        assert [answer.status_code for answer in said].count(401) == len(ASKED)
        until(lambda: "source one" in served.log.read_text())  # it was asked, with its password, and did not answer
        until(lambda: client.get("/v1/models", headers=right).json()["models"])
        assert main(["backup", str(backup), "--data", str(data)]) == 0
        served.stop()
    for command in (["check-config", str(tmp_path / "seamark.toml")], ["token", "list", "--data", str(data), "--json"]):
        assert main(command) == 0
    main(["doctor", "--config", str(tmp_path / "seamark.toml"), "--data", str(data), "--json"])
    found = {
        "answers": b"".join(answer.content + json.dumps(dict(answer.headers)).encode() for answer in said),
        "log": served.log.read_bytes(),
        "commands": "".join(capfd.readouterr()).encode(),
        "store": everything_in(data),
        "backup": everything_in(backup),
    }
    for place, content in found.items():
        for shown in (*SECRETS.values(), HASHED, DROPPED, WRONG, secret):
            assert shown.encode() not in content, f"{shown} stands in the {place}"
