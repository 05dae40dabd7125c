import assert from "node:assert/strict";
import { test } from "node:test";
import type { Overview } from "../src/api/overview.ts";
import { gridRows, stateOf, worstWindow } from "../src/state/rows.ts";

const SIGNALS = ["score", "feature.car_value", "feature.tenure", "feature.salary"];

const OVERVIEW = {
  signals: {
    name: SIGNALS,
    label: ["score", "car_value", "tenure", "salary"],
    layer: ["model", "data", "data", "data"],
    monitor: SIGNALS.map((name) => `${name}:jensen_shannon`),
    statistic: SIGNALS.map(() => "jensen_shannon"),
    state: ["firing", "firing", "ok", "recovering"],
  },
} as unknown as Overview;

const ALL = { search: "", folded: [], incident: null };

function labels(rows: ReturnType<typeof gridRows>): string[] {
  return rows.map((row) => (row.type === "layer" ? `[${row.layer}]` : (OVERVIEW.signals.label[row.index] ?? "")));
}

test("rows stand under their layers in the order of the screen, and each layer counts what fires", () => {
  const rows = gridRows(OVERVIEW, ALL);
  assert.deepEqual(labels(rows), ["[data]", "car_value", "tenure", "salary", "[model]", "score"]);
  assert.deepEqual(rows[0], { type: "layer", layer: "data", monitors: 3, firing: 2, folded: false });
});

test("a folded layer keeps its heading and hides its rows", () => {
  assert.deepEqual(labels(gridRows(OVERVIEW, { ...ALL, folded: ["data"] })), ["[data]", "[model]", "score"]);
});

test("a search needs every word and ignores case", () => {
  assert.deepEqual(labels(gridRows(OVERVIEW, { ...ALL, search: "JENSEN sal" })), ["[data]", "salary"]);
  assert.deepEqual(gridRows(OVERVIEW, { ...ALL, search: "nothing of that" }), []);
});

test("a chosen incident lights its signals, brings them up and dims the others", () => {
  const rows = gridRows(OVERVIEW, { ...ALL, incident: { signals: ["feature.salary", "score"] } });
  assert.deepEqual(labels(rows), ["[data]", "salary", "car_value", "tenure", "[model]", "score"]);
  const exact = gridRows(OVERVIEW, { ...ALL, incident: { signals: SIGNALS, monitors: ["score:jensen_shannon"] } });
  assert.deepEqual(exact.filter((row) => row.type === "monitor" && !row.dimmed).length, 1);
  assert.deepEqual(
    rows.flatMap((row) => (row.type === "monitor" ? [row.dimmed] : [])),
    [false, true, true, false],
  );
});

test("a monitor without an alert tells whether its newest window says anything", () => {
  const status = [[0, 2], [0, 3], [3, 0], [0, 4], [3, null]];
  const shown = { signals: { state: ["firing", "ok", "ok", "ok", "ok"] }, cells: { status } } as unknown as Overview;
  const states = status.map((_, index) => stateOf(shown, index));
  assert.deepEqual(states, ["firing", "insufficient", "ok", "no_data", "insufficient"]);
});

test("a look at a monitor begins at its worst window in the range, never at one without data", () => {
  const starts = [0, 10, 20, 30, 40];
  const cells = {
    value: [],
    threshold: [],
    n: [],
    exceedance: [[0.5, 3, 7, null, 50]],
    status: [[0, 2, 2, 3, 0]],
  };
  assert.equal(worstWindow(starts, cells, 0, 0, 50), 2);
  assert.equal(worstWindow(starts, cells, 0, 0, 15), 1);
  assert.equal(worstWindow(starts, cells, 0, 30, 40), -1);
});
