"""Under load the door says 429 and when to come again; whoever insists gets everything in, once."""

from __future__ import annotations

import asyncio
import threading

from tests.unit.server.wiring import FakeServices, client_of, logged

from seamark.ingest.options import IngestOptions

TIME = "2026-01-01T00:00:00Z"


def batch(name, rows=4):
    return {"model": "m", "predictions": [{"id": f"{name}-{row}", "time": TIME} for row in range(rows)]}


class Gated:
    """A log whose transactions wait at a gate."""

    def __init__(self, log):
        self._append = log.append
        self.gate = threading.Event()
        self.entered = threading.Event()

    def append(self, entries):
        self.entered.set()
        assert self.gate.wait(20)
        return self._append(entries)


def gated(**options):
    services = FakeServices(options=IngestOptions(**options))
    log = Gated(services.store.log)
    services.door._queue._append = log.append
    return services, log


def test_a_full_queue_is_a_429_and_nothing_of_it_is_stored():
    services, log = gated(queue_rows=10)

    async def run():
        async with client_of(services) as client:
            first = asyncio.create_task(client.post("/v1/predictions", json=batch("a")))
            await asyncio.to_thread(log.entered.wait, 10)
            waiting = [asyncio.create_task(client.post("/v1/predictions", json=batch(name))) for name in "bcd"]
            done, _ = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            refused = [task.result() for task in done]
            log.gate.set()
            return refused, await first, await asyncio.gather(*waiting)

    refused, first, answers = asyncio.run(run())
    assert {answer.status_code for answer in refused} == {429}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert first.status_code == 202
    accepted = sum(answer.status_code == 202 for answer in answers)
    assert len(logged(services)) == 1 + accepted
    assert accepted == 1  # 4 rows are being committed, 4 more fit into 10


def test_whoever_insists_gets_everything_in():
    services = FakeServices(options=IngestOptions(queue_rows=5, commit_interval_ms=1))

    async def insist(client, name):
        for _ in range(1_000):
            answer = await client.post("/v1/predictions", json=batch(name), headers={"Idempotency-Key": name})
            if answer.status_code == 202:
                return
            assert answer.status_code == 429
            await asyncio.sleep(0.002)
        raise AssertionError("never let in")

    async def run():
        async with client_of(services) as client:
            await asyncio.gather(*(insist(client, f"caller {number}") for number in range(12)))

    asyncio.run(run())
    assert len(logged(services)) == 12
    assert sum(entry.rows for entry in logged(services)) == 48


def test_health_is_answered_while_a_transaction_hangs():
    services, log = gated()

    async def run():
        async with client_of(services) as client:
            stuck = asyncio.create_task(client.post("/v1/predictions", json=batch("a")))
            await asyncio.to_thread(log.entered.wait, 10)
            answers = [await client.get(path) for path in ("/healthz", "/readyz", "/v1/models", "/metrics")]
            assert not stuck.done()
            log.gate.set()
            return answers, await stuck

    answers, stuck = asyncio.run(run())
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "seamark_ingest_queue_rows 4.0" in answers[3].text
    assert stuck.status_code == 202


def test_a_store_that_fails_is_a_503_and_the_next_batch_may_succeed(caplog):
    services = FakeServices()
    append, failures = services.store.log.append, [OSError("No space left on device")]

    def sometimes(entries):
        if failures:
            raise failures.pop()
        return append(entries)

    services.door._queue._append = sometimes

    async def run():
        async with client_of(services) as client:
            return [await client.post("/v1/predictions", json=batch("a")) for _ in range(2)]

    first, second = asyncio.run(run())
    assert (first.status_code, first.headers["retry-after"]) == (503, "5")
    assert first.json()["detail"].endswith("so nothing of this batch was stored; send it again.")
    assert "No space left" not in first.text  # the log says so, the caller need not know
    assert "No space left on device" in caplog.text
    assert second.status_code == 202
    assert len(logged(services)) == 1


def test_a_caller_that_hangs_up_gets_its_batch_stored_all_the_same():
    """It was accepted before it left; a retry is recognised as the same rows later."""
    services, log = gated()

    async def run():
        async with client_of(services) as client:
            leaving = asyncio.create_task(client.post("/v1/predictions", json=batch("a")))
            await asyncio.to_thread(log.entered.wait, 10)
            leaving.cancel()
            log.gate.set()
            again = await client.post("/v1/predictions", json=batch("b"))
            return again.status_code

    assert asyncio.run(run()) == 202
    assert [entry.rows for entry in logged(services)] == [4, 4]
