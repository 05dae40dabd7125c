"""Play ten months of car-loan predictions and show the model degrade."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from dataclasses import replace

from seamark import clock
from seamark.app import App, build
from seamark.cli._progress import progress_bar
from seamark.cli.command import Command
from seamark.clock import DAY_US
from seamark.config import Config, ServerOptions, StoreOptions
from seamark.demo.car_loan import MODEL, Replay, load
from seamark.demo.machines import SERVICE, SLA_SECONDS
from seamark.demo.replay import PROJECT, play, send, summary
from seamark.errors import Conflict
from seamark.query.quality import quality
from seamark.records.business import BusinessOptions
from seamark.records.metric_rule import ServiceOptions
from seamark.records.options import ModelOptions
from seamark.records.quality import QualityOptions
from seamark.records.window import Window
from seamark.server.run import listen
from seamark.server.run import run as serve

_FEED_SECONDS = 20.0
_KEEP_DAYS = 400  # of what machines did: the story is longer than the default
OPTIONS = ModelOptions(
    quality={"accuracy": QualityOptions(tolerance=0.93)},
    business={
        "bad_loan_share": BusinessOptions("repaid = 0", where="prediction = 1", better="lower", tolerance=0.06),
    },
)
"""What the bank of the story tolerates: of the loans it grants, so many that are not repaid."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Where to serve, or not at all."""
    parser.add_argument("--port", type=int, default=8420, help="where the screen is served (default: 8420)")
    parser.add_argument("--data", metavar="DIR", help="keep the store here (default: a temporary folder)")
    parser.add_argument("--no-serve", action="store_true", help="play the story, print what was found, and end")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Play, tell, serve."""
    with tempfile.TemporaryDirectory(prefix="seamark-demo-") as scratch:
        config = Config(
            store=StoreOptions(path=arguments.data or scratch),
            server=ServerOptions(port=arguments.port),
            models={MODEL: OPTIONS},
            metrics=replace(Config().metrics, keep_days=_KEEP_DAYS),
            services={SERVICE: ServiceOptions(sla_seconds=SLA_SECONDS, thresholds={"p99": SLA_SECONDS})},
        )
        if not arguments.no_serve:
            listen(config.server.host, config.server.port).close()  # a taken port is news now, not after the replay
        app = build(config)
        if app.store.log.last_seq():
            app.stop()
            raise Conflict(
                f"{config.store.path!r} holds predictions already; give the demo an empty folder with --data."
            )
        now_us = clock.now_us()
        story = load(now_us)
        _say("Playing ten months of car-loan predictions through Seamark …")
        with progress_bar() as bar:
            play(app, story, now_us, lambda share: bar("Replaying", share))
        _tell(app, story, now_us, as_json=arguments.json)
        if arguments.no_serve:
            app.stop()
            return 0
        _serve(app, story, now_us)
    return 0


def _serve(app: App, story: Replay, since_us: int) -> None:
    """Serve the screen, while the rest of the story's last day goes on arriving in real time."""
    stopping = threading.Event()

    def feed() -> None:
        sent_us = since_us
        while not stopping.wait(_FEED_SECONDS):
            until_us = clock.now_us()
            send(app, story, sent_us, until_us)
            sent_us = until_us

    feeding = threading.Thread(target=feed, name="seamark-demo-feed", daemon=True)
    feeding.start()
    try:
        serve(app, app.config.server.port, listening=lambda address: _say(f"The screen: {address}  (Ctrl-C ends it)"))
    finally:
        stopping.set()
        feeding.join()


def _tell(app: App, story: Replay, now_us: int, *, as_json: bool) -> None:
    found = summary(app, story) | {"accuracy": _accuracy(app, now_us)}
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    for incident in found["incidents"]:
        _say(f"{incident['priority']} {incident['state']}: {incident['title']}.")
        _say(f"It began about {incident['onset']} in the data's own time and was noticed {incident['opened']}.")
    if found["accuracy"]:
        before, since = (f"{each['value']:.3f} ({each['n']:,.0f} loans)" for each in found["accuracy"].values())
        _say(f"Loans' fates, known two weeks later, confirm it: accuracy was {before} before that day, {since} since.")


def _accuracy(app: App, now_us: int) -> dict[str, dict[str, float]]:
    """The realised accuracy of the whole days before the first incident's onset and of those after it, if any."""
    incidents = app.store.fast.incidents(PROJECT, model=MODEL)
    onset_us = incidents[-1].onset_us if incidents else None
    if onset_us is None:
        return {}
    day_us = onset_us // DAY_US * DAY_US
    known = {
        name: quality(app.store, PROJECT, MODEL, window, now_us=now_us)["overall"]["metrics"].get("accuracy")
        for name, window in (("before", Window(0, day_us)), ("since", Window(day_us + DAY_US, now_us)))
    }
    return known if all(known.values()) else {}


def _say(line: str) -> None:
    """For people: stdout is for what programs read."""
    sys.stderr.write(line + "\n")


COMMAND = Command("demo", "Play ten months of car-loan predictions and show the model degrade.", configure, run)
