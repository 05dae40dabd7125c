"""The order of the rooms, on one screen.

    slow lane   absorb → settle (seed, rebin, grade, compact) → retire → calibrate → judge → judge what came true
                                                                            bounded slices, each a transaction
    fast lane   alert → correlate → news                                    one transaction
    outbox      look (route … release, see notify/stages.py) → deliver      one transaction, then one message at a time

`tick(now)` runs all three to the end; a server runs each in a thread of its own, so that alerts
never wait for a backlog of rows. Everything is a function of the store and `now_us`: a crash between
two steps resumes where it was, and the past can be played again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from seamark.notify.notifier import Receiver
from seamark.pipeline.calibrating import Calibrator, Learner
from seamark.pipeline.components import ComponentPace, ComponentWatch
from seamark.pipeline.containment import Containment
from seamark.pipeline.judge import Judge
from seamark.pipeline.options import PipelineOptions
from seamark.pipeline.outcomes import OutcomeJudge
from seamark.pipeline.posting import A_LOOK, PostOffice, PostOptions
from seamark.pipeline.retention import Retention
from seamark.pipeline.watch import BLOCKS_A_STEP, watch
from seamark.pipeline.windows import RecentWindows
from seamark.profile.absorb import Absorber
from seamark.profile.bins import BinSets
from seamark.profile.compaction import compact
from seamark.profile.duplicates import SeenRows
from seamark.profile.rebin import rebin, seed
from seamark.profile.regrade import Grader
from seamark.records.blocks import SlowStep
from seamark.records.delivery import FastStep
from seamark.records.model import Model
from seamark.records.options import ModelOptions
from seamark.records.retention import KEEP_ALL, RetentionOptions
from seamark.records.window import Window
from seamark.store.protocol import Store

_NOWHERE = Window(0, 0)
_LOG = logging.getLogger("seamark.pipeline")


class Pipeline:
    """One store's rooms in their order. Each lane is for one thread at a time."""

    def __init__(
        self,
        store: Store,
        options_for: Callable[[str, str], ModelOptions],
        *,
        receivers: Mapping[str, Receiver],
        base_url: str,
        options: PipelineOptions | None = None,
        post: PostOptions | None = None,
        windows: Callable[[Store], RecentWindows] = RecentWindows,
        components: ComponentPace | None = None,
        retention: RetentionOptions | None = None,
    ) -> None:
        self._store = store
        self._options_for = options_for
        self._options = options or PipelineOptions()
        self.post_office = PostOffice(store, dict(receivers), base_url, post or PostOptions())
        self._components = ComponentWatch(store, components or ComponentPace(), base_url)
        self._windows = windows
        self._learner: Learner | None = None
        self._containment = Containment(store)
        self.retention = Retention(store, retention or KEEP_ALL)
        self.answered = 0  # answers absorbed since the start
        self.acted = 0  # steps of the fast lane since the start
        self.forget()

    def forget(self) -> None:
        """Drop what the slow lane remembers; it is read again from the store. For use after a failure."""
        bins = BinSets(self._store.slow)
        seen = SeenRows(self._store.rows)
        self._absorber = Absorber(self._store, self._options_for, seen, bins, self._options.slice_rows)
        self._grader = Grader(self._store, bins, self._absorber.matcher)
        # Where rows arrived that may have to be seeded, rebinned or compacted.
        self._unsettled = {(model.project, model.name): _NOWHERE for model in self._store.slow.models()}
        windows, pace = self._windows(self._store), self._options.windows_a_step
        threads = self._options.learning_threads
        self._calibrator = Calibrator(self._store, self._options_for, bins, windows, threads, self._learner)
        self._judge = Judge(self._store, self._options_for, bins, windows, pace, self._calibrator.due_us)
        self._outcome_judge = OutcomeJudge(self._store, self._options_for)

    def learn_elsewhere(self, learner: Learner) -> None:
        """Have thresholds learned by another process from now on."""
        self._learner = learner
        self.forget()

    def tick(self, now_us: int) -> None:
        """Everything there is to do at `now_us`."""
        more = True
        while more:
            more = self.slow_lane(now_us)
            while self.fast_lane(now_us):  # what is learned next leaves out what is in alarm now
                pass
        self.deliver(now_us)

    def slow_lane(self, now_us: int, *, absorb: bool = True) -> bool:
        """One slice of every stage, or of all but the first; True while there may be more."""
        absorbed = absorb and self._containment.absorb(self._absorber, self._commit, now_us)
        settling = len(self._unsettled) // self._options.compact_files + 1  # as many as a pass makes necessary
        settled = [self._do(self._settle(now_us)) for _ in range(settling)]
        self._do(self._retire())
        calibrated = self._do(self._calibrator.calibrate(now_us))
        judged = self._do(self._judge.evaluate(now_us))
        known = self._do(self._outcome_judge.evaluate(now_us))
        pruned = self.retention.prune(now_us)
        return any((*settled, calibrated, judged, known, pruned)) or (absorbed and self._store.log.pending()[0] > 0)

    def _do(self, step: SlowStep | None) -> bool:
        if step is None:
            return False
        self._commit(step)
        return True

    def _commit(self, step: SlowStep) -> None:
        self._store.slow.commit(step)
        self.answered += len(step.answers)
        self._unsettle(step)

    def fast_lane(self, now_us: int, most: int = BLOCKS_A_STEP) -> bool:
        """Alerts, incidents and news of the evaluations not yet accounted for, and of this minute's components.

        True if there were any: then there may be more.
        """
        about_models = watch(self._store, self._options_for, self.post_office.base_url, now_us, most)
        if about_models is not None:
            self._act(about_models)
        about_components = self._components.step(now_us)
        if about_components is not None:
            self._act(about_components)
        return about_models is not None or about_components is not None

    def _act(self, step: FastStep) -> None:
        self._store.fast.commit(step)
        self.acted += 1

    def deliver(self, now_us: int) -> int:
        """Decide what is told now and attempt the deliveries that are due; the number that arrived."""
        while self.post_office.look(now_us) >= A_LOOK:
            pass
        return self.post_office.deliver(now_us)

    def _unsettle(self, step: SlowStep) -> None:
        for file in step.new_files:
            of_file = Window(file.first_time_us, file.last_time_us + 1)
            key = (file.project, file.model)
            self._unsettled[key] = self._unsettled[key].cover(of_file) if key in self._unsettled else of_file
        for made in step.bin_sets:
            self._unsettled.setdefault((made.project, made.model), _NOWHERE)

    def _settle(self, now_us: int) -> SlowStep | None:
        """Seed, rebin, grade or compact one of the models that got new rows."""
        while self._unsettled:
            project, name = next(iter(self._unsettled))
            window = self._unsettled.pop((project, name))
            model = self._store.slow.model(project, name)
            try:
                step = None if model is None else self._next_for(model, window, now_us)
            except Exception:  # noqa: BLE001 one model's trouble must not stop the others' work
                _LOG.exception(
                    "Model %r of project %r cannot be counted anew; its next rows are the next try.", name, project
                )
                continue
            if step is not None:
                self._unsettled[project, name] = window  # to the end of the queue: others wait too
                return step
        return None

    def _retire(self) -> SlowStep | None:
        """Note on the models what their owners say of them, where the questions find it."""
        differing = tuple(
            replace(model, retired=not model.retired)
            for model in self._store.slow.models()
            if model.retired != self._options_for(model.project, model.name).retired
        )
        return SlowStep(watermark_seq=self._store.slow.watermark(), models=differing) if differing else None

    def _next_for(self, model: Model, window: Window, now_us: int) -> SlowStep | None:
        options = self._options_for(model.project, model.name)
        return (
            seed(self._store, model, options, now_us)
            or rebin(self._store, self._absorber.bin_sets, model, options, self._options.slice_rows)
            or self._grader.grade(model, options, self._options.slice_rows, now_us)
            or compact(self._store, model, window, self._options.compact_files, self._absorber.matcher.index(model))
        )
