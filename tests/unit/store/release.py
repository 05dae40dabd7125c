"""Makes the fixture of a release: a small store in its format, with what it says.

`python -m tests.unit.store.release VERSION`, in a checkout with `src` on the path.
Made once, when a version is released, and never again: the tests open every one of them with the present code.
"""

import json
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from tests.conformance.stored import (
    ALERT,
    BY_NUMBER,
    CHANGE,
    EVER,
    INCIDENT,
    MODEL,
    NOW_US,
    block,
    commit,
    entry,
    evaluation,
    fast_commit,
    found,
    hours,
    rows,
    seen,
)

from seamark.records.model import StoredBaseline, StoredBinSet
from seamark.records.token import StoredToken
from seamark.store.backends.local import LocalStore

FOLDER = Path(__file__).parent / "released"


def fill(store):
    """A little of everything that people would miss."""
    for kind in ("predictions", "outcomes"):
        files = store.rows.write(kind, "shop", "fraud", rows(NOW_US, NOW_US + 1), 0, BY_NUMBER)
        commit(store, new_files=tuple(files))
    store.log.append([entry(b"waits", key="once")])
    commit(
        store,
        models=(MODEL,),
        blocks=(block(0), block(1, version="2", segment="country=FR")),
        evaluations=(evaluation(hours(0, 1)),),
        bin_sets=(StoredBinSet(1, "shop", "fraud", NOW_US, False, 1, b"bins"),),
        baselines=(StoredBaseline(1, "shop", "fraud", 1, "static", NOW_US, 1, "reference", b"baseline"),),
        changes=(CHANGE,),
    )
    fast_commit(store, alerts=(ALERT,), incidents=(INCIDENT,))
    store.accounts.put_token(StoredToken("tok_1", "laptop", "shop", "ab", NOW_US))


def told(store):
    """What it says, without what a later version may add to a record: text by question."""
    files = {kind: store.rows.files(kind, "shop", "fraud") for kind in ("predictions", "outcomes")}
    told = {
        "rows": [[[row["id"], str(row["time"])] for row in seen(store.rows.scan(each))] for each in files.values()],
        "found": [len(found(store, each, 0, 1)) for each in files.values()],
        "log": [[each.seq, each.entry.payload.decode()] for each in store.log.read(0, 100)],
        "model": [[each.project, each.name, each.rows] for each in store.slow.models()],
        "profiles": [
            [each.key.hour_us, each.key.version, each.rows, each.payload.decode()]
            for segment in ("", "country=FR")
            for each in store.slow.profiles("shop", "fraud", 1, EVER, segment=segment)
        ],
        "evaluations": [each.payload.decode() for each in store.slow.evaluations("shop", "fraud", EVER)],
        "bin sets": [[each.id, each.payload.decode()] for each in store.slow.bin_sets("shop", "fraud")],
        "baselines": [[each.id, each.payload.decode()] for each in store.slow.baselines("shop", "fraud")],
        "changes": [[each.id, each.summary] for each in store.fast.changes("shop", EVER)],
        "alerts": [[each.id, each.state.value, each.fingerprint] for each in store.fast.alerts()],
        "incidents": [[each.id, each.title, each.state.value] for each in store.fast.incidents()],
        "tokens": [[each.id, each.digest] for each in store.accounts.tokens()],
    }
    return json.loads(json.dumps(told))


def make(name):
    """Write the fixture and what it says."""
    with tempfile.TemporaryDirectory() as made:
        with closing(LocalStore(Path(made))) as store:
            fill(store)
            (FOLDER / f"{name}.json").write_text(json.dumps(told(store), indent=1) + "\n")
        with zipfile.ZipFile(FOLDER / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(Path(made).rglob("*")):
                packed.write(path, path.relative_to(made))


if __name__ == "__main__":
    make(sys.argv[1])
