"""A disk that is full: ingest says so, all else goes on, and room is enough to go on without a restart.

The store lies on a small file system of its own, in a name space that only the server sees.
"""

from __future__ import annotations

import shutil
import subprocess

import httpx
import pytest
from tests.acceptance.serving import batch, serve, until

pytestmark = pytest.mark.acceptance

SIZE, RESERVE = 48 << 20, 8 << 20
CONFIG = f"[store]\nreserve_bytes = {RESERVE}\n[pipeline]\nslow_seconds = 0.5\nfast_seconds = 0.5\n"
MOUNTED = ("unshare", "--mount", "--map-root-user", "sh", "-c")
ADVICE = "This machine lets nobody mount a file system: unshare --mount --map-root-user"


def can_mount():
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*MOUNTED, "mount -t tmpfs tmpfs /tmp"], check=False, capture_output=True).returncode == 0


def free(data):
    return shutil.disk_usage(data).free


def fill(data, leave):
    """Take all but `leave` bytes."""
    with (data / "ballast").open("ab") as ballast:
        while free(data) > leave:
            ballast.write(b"\0" * max(min(free(data) - leave, 1 << 20), 4_096))
            try:
                ballast.flush()
            except OSError:
                return


def test_a_full_disk_stops_ingest_alone_and_only_while_it_is_full(tmp_path):
    if not can_mount():
        pytest.skip(ADVICE)
    (tmp_path / "data").mkdir()
    small = (*MOUNTED, f'mount -t tmpfs -o size={SIZE} tmpfs "$0" && exec "$@"', str(tmp_path / "data"))
    with serve(tmp_path, CONFIG, inside=small) as served, httpx.Client(base_url=served.address) as client:
        data = type(tmp_path)(f"/proc/{served.process.pid}/root{tmp_path}/data")
        assert free(data) < SIZE < free(tmp_path)

        def send(*ids):
            return client.post("/v1/predictions", content=batch(*ids))

        def stored():
            models = client.get("/v1/models")
            assert models.status_code == 200, models.text
            return sum(model["rows"] for model in models.json()["models"])

        for number in range(20):
            assert send(*(f"{number}-{row}" for row in range(50))).status_code == 202
        fill(data, RESERVE - (1 << 20))
        refused = send("refused")
        assert refused.status_code == 507
        assert "are kept for what was accepted before" in refused.json()["detail"]
        assert refused.headers["retry-after"]
        until(lambda: stored() == 1_000)  # what was accepted is counted in the room that was kept for it

        fill(data, 0)
        assert free(data) < 64 << 10
        assert send("refused").status_code == 507
        assert stored() == 1_000
        assert client.get("/readyz").status_code == 200
        before = served.counted("seamark_lane_steps_total", lane="fast")
        until(lambda: served.counted("seamark_lane_steps_total", lane="fast") > before)

        (data / "ballast").unlink()
        until(lambda: send("accepted").status_code == 202)
        until(lambda: stored() == 1_001)
        assert served.stop() == 0
