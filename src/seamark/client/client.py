"""`seamark.Client`: what a host program calls. Doors only; the work is done elsewhere, and later."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from types import TracebackType
from typing import Any, Self

from seamark.client.entries import Note, Outcome, Prediction
from seamark.client.frames import Defaults, Roles, cut
from seamark.client.options import Options, checked
from seamark.client.reasons import Reason, Refused, unreadable
from seamark.client.session import Session
from seamark.client.stats import Stats
from seamark.client.times import iso_times, moment_us
from seamark.client.values import NOTHING, ROW_BYTES, identity, number, plain, positive_weight, seconds, snapshot, text
from seamark.clock import monotonic_seconds, now_us
from seamark.wire.json import CHANGE_KINDS

Time = datetime | str | float | None


class Client:
    """Logs the predictions of one model to a Seamark server, from inside the program that makes them.

    After construction nothing here raises, blocks or talks to the network in the caller's thread: rows are copied into
    a bounded buffer, and one daemon thread, started by the first row, sends them. What cannot be sent is dropped,
    counted by reason in `stats` and warned of in the log `seamark.client`, each reason at most once a minute.
    Any number of threads may share a client; a forked child goes on with a buffer and a thread of its own.

    Args:
        url: where the server is: `http://HOST:PORT` or `https://HOST/PATH`.
        model: the model's name.
        version: the model's version; "" when it has none.
        token: what `seamark token create` printed; needed by a server that listens beyond its own machine.
        buffer_rows: so many rows wait at most; further ones are dropped.
        buffer_bytes: the same in (roughly estimated) bytes of memory.
        batch_rows: rows in one request (at most `buffer_rows`).
        flush_seconds: no row waits longer for its batch to fill.
        timeout_seconds: how long the network may keep the sending thread waiting, per operation.
        backoff_seconds: the longest pause before the second attempt; it doubles with each further one.
        backoff_max_seconds: where the doubling ends.
        shutdown_seconds: how long the end of the interpreter may be held up to deliver what waits.
        compress: gzip requests: half the bytes, for about half as much CPU again as writing them.
        assume_zone: the zone of times that name none (`datetime.UTC`, a `ZoneInfo`); None refuses such rows.
        enabled: False makes every method do nothing, for tests of the host program.

    Raises:
        InvalidInput: an argument that could never work, such as a URL without a scheme.
    """

    __slots__ = ("__weakref__", "_known", "_options", "_session")

    def __init__(
        self,
        url: str,
        *,
        model: str,
        version: str = "",
        token: str | None = None,
        buffer_rows: int = 50_000,
        buffer_bytes: int = 32 * 1024 * 1024,
        batch_rows: int = 500,
        flush_seconds: float = 1.0,
        timeout_seconds: float = 10.0,
        backoff_seconds: float = 0.5,
        backoff_max_seconds: float = 30.0,
        shutdown_seconds: float = 2.0,
        compress: bool = False,
        assume_zone: tzinfo | None = None,
        enabled: bool = True,
    ) -> None:
        options = Options(
            url=url,
            model=model,
            version=version,
            token=token,
            buffer_rows=buffer_rows,
            buffer_bytes=buffer_bytes,
            batch_rows=batch_rows,
            flush_seconds=flush_seconds,
            timeout_seconds=timeout_seconds,
            backoff_seconds=backoff_seconds,
            backoff_max_seconds=backoff_max_seconds,
            shutdown_seconds=shutdown_seconds,
            compress=compress,
            assume_zone=assume_zone,
            enabled=enabled,
        )
        self._options = checked(options)
        self._session = Session(self._options)
        self._known = [NOTHING, NOTHING]  # the last features and segment, for their names
        weakref.finalize(self, self._session.retire).atexit = False  # at exit sessions end themselves, and may wait

    def log(
        self,
        id: object = None,
        *,
        features: Mapping[str, Any] | None = None,
        prediction: object = None,
        score: float | None = None,
        scores: Mapping[str, float] | None = None,
        segment: Mapping[str, object] | None = None,
        time: Time = None,
        latency_ms: float | None = None,
        weight: float | None = None,
    ) -> str:
        """Log one prediction; returns its id, by which `outcome` can speak of it later ("" for an unusable id).

        Args:
            id: unique per model; None makes one.
            features: what the model saw. Values are read before this returns, so they may change afterwards.
            prediction: the class or the number the model answered.
            score: the probability of the positive class.
            scores: the probability of each class.
            segment: dimension → value, by which traffic is told apart.
            time: when it was predicted; None is now.
            latency_ms: how long the model took.
            weight: rows this one stands for, when only a share of the traffic is logged.
        """
        session = self._session
        name = ""
        try:
            name = session.next_id() if id is None else identity(id)
            if not self._options.enabled:
                return name
            time_us = now_us() if time is None else moment_us(time, self._options.assume_zone)
            known = self._known
            kept = known[0] = snapshot(features, known[0][0])
            classes = NOTHING if scores is None else snapshot(scores)
            segments = NOTHING
            if segment is not None:
                segments = known[1] = snapshot(segment, known[1][0])
            answer = plain(prediction)
            entry = Prediction(
                name,
                time_us,
                kept,
                answer,
                score if type(score) is float else number(score),
                classes,
                segments,
                latency_ms if type(latency_ms) is float else number(latency_ms),
                None if weight is None else positive_weight(weight),
                ROW_BYTES + kept[2] + classes[2] + segments[2] + (len(answer) if type(answer) is str else 0),
            )
            session.offer(entry)
        except Refused as refused:
            session.drop(refused.reason, 1, refused.why)
        except Exception as error:  # noqa: BLE001  the door: nothing may reach the host
            session.drop(Reason.UNREADABLE, 1, unreadable(error))
        return name

    def log_batch(
        self,
        frame: Any,
        *,
        id: str = "id",
        time: str = "time",
        prediction: str = "prediction",
        score: str = "score",
        scores: Mapping[str, str] | None = None,
        segment: Sequence[str] = (),
        latency_ms: str | None = None,
        weight: str | None = None,
        exclude: Sequence[str] = (),
        wait_seconds: float = 0.0,
    ) -> int:
        """Log many predictions at once; returns how many were taken into the buffer.

        Converting the frame takes the caller's time, and more rows than the buffer has room for are dropped: a job
        that may wait says so with `wait_seconds`.

        Args:
            frame: a pandas, polars or pyarrow table, or a dict of equally long columns. Columns that are named by no
                argument are features; a name that begins with `feature.`, `score.` or `segment.` speaks for itself.
            id: the column of ids; rows without one get one.
            time: the column of times; without such a column all rows are of now.
            prediction: the column of what the model answered.
            score: the column of the positive class's probability.
            scores: class → column of its probability.
            segment: the columns that tell traffic apart.
            latency_ms: the column of latencies.
            weight: the column of weights.
            exclude: columns that are not sent.
            wait_seconds: how long the call may wait, in all, for room in the buffer.
        """
        session, options = self._session, self._options
        kept = 0
        if not options.enabled:
            return kept
        with session.door():
            roles = Roles(id, time, prediction, score, scores or {}, segment, latency_ms, weight, exclude)
            defaults = Defaults(session.next_id, now_us(), options.assume_zone)
            until = monotonic_seconds() + seconds(wait_seconds)
            for piece in cut(frame, roles, options.rows_at_once, defaults):
                for refused in piece.refused:
                    session.drop(refused.reason, 1, refused.why)
                rows = piece.chunk.rows
                session.buffer.wait_for_room(rows, piece.chunk.size, until - monotonic_seconds())
                if rows and session.offer(piece.chunk, rows):
                    kept += rows
        return kept

    def outcome(
        self,
        id: object,
        time: Time = None,
        *,
        prediction_time: Time = None,
        **values: object,
    ) -> None:
        """Log what came true of a prediction: `client.outcome("p1", label=0, revenue=3.2)`.

        Args:
            id: the prediction's id. The outcome may come before its prediction.
            time: when it became known; None is now.
            prediction_time: when the prediction was made, where known; it spares the server a search.
            values: name → value.
        """
        if not self._options.enabled:
            return
        with self._session.door():
            zone = self._options.assume_zone
            kept = snapshot(values)
            if kept is NOTHING:
                raise Refused(Reason.INVALID_OUTCOME, f"The outcome of {id!r:.100} has no values; name at least one.")
            entry = Outcome(
                identity(id),
                now_us() if time is None else moment_us(time, zone),
                kept,
                None if prediction_time is None else moment_us(prediction_time, zone),
                ROW_BYTES + kept[2],
            )
            self._session.offer(entry)

    def change(
        self,
        kind: str,
        summary: str,
        *,
        time: Time = None,
        service: str | None = None,
        version: str | None = None,
        url: str | None = None,
    ) -> None:
        """Tell of something that was done to the model or its surroundings, so that incidents can be held against it.

        Args:
            kind: `deploy`, `config`, `data` or `feature_pipeline`.
            summary: one line for people.
            time: when; None is now.
            service: the service it was done to, where that is not the model alone.
            version: the version it led to.
            url: where to read more.
        """
        if not self._options.enabled:
            return
        with self._session.door():
            if kind not in CHANGE_KINDS:
                listed = ", ".join(CHANGE_KINDS)
                raise Refused(Reason.INVALID_CHANGE, f"{kind!r:.100} is no kind of change; accepted are {listed}.")
            if not summary:
                raise Refused(Reason.INVALID_CHANGE, f"The {kind} has no summary; say in a line what was done.")
            at = now_us() if time is None else moment_us(time, self._options.assume_zone)
            said = {"summary": summary, "service": service, "version": version, "url": url}
            members = {"kind": kind, "model": self._options.model, "time": iso_times([at])[0]}
            members |= {name: text(value) or "" for name, value in said.items() if value is not None}
            self._session.offer(Note(members, ROW_BYTES + sum(map(len, members.values()))))

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything logged before is acknowledged or dropped; whether it was, within `timeout` seconds."""
        return self._session.buffer.flush(seconds(timeout))

    def close(self, timeout: float = 5.0) -> bool:
        """Flush, then stop the thread; what is left and what is logged later is dropped. Whether nothing was left."""
        return self._session.close(seconds(timeout))

    @property
    def stats(self) -> Stats:
        """What became of everything logged so far."""
        return self._session.buffer.stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<seamark.Client of {self._options.model!r} at {self._options.url}>"
