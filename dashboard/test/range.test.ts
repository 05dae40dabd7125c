import assert from "node:assert/strict";
import { test } from "node:test";
import type { Incident } from "../src/api/incidents.ts";
import { NOWHERE } from "../src/state/codec.ts";
import { bounds, frame } from "../src/state/range.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 20, 12);

function incident(patch: Partial<Incident>): Incident {
  return {
    id: "inc_1",
    model: "m",
    title: "t",
    state: "open",
    priority: "P2",
    severity: "high",
    layers: ["data"],
    onset_ms: NOW - 10 * DAY,
    opened_ms: NOW - 8 * DAY,
    updated_ms: NOW,
    resolved_ms: null,
    evidence: { from_ms: NOW - 9 * DAY, to_ms: NOW },
    revision: 1,
    signals: [],
    causes: [],
    answers: [],
    ended: "",
    ...patch,
  };
}

test("without a choice the server decides the range", () => {
  assert.deepEqual(bounds(NOWHERE, null, NOW), { from: null, to: null });
});

test("a preset ends now and moves with the clock", () => {
  const early = bounds({ ...NOWHERE, range: "7d" }, null, NOW);
  const late = bounds({ ...NOWHERE, range: "7d" }, null, NOW + DAY);
  assert.equal(Date.parse(early.to ?? "") - Date.parse(early.from ?? ""), 7 * DAY);
  assert.equal(Date.parse(late.from ?? "") - Date.parse(early.from ?? ""), DAY);
});

test("everything begins with the model's first row", () => {
  assert.equal(bounds({ ...NOWHERE, range: "all" }, NOW - 300 * DAY, NOW).from, "2026-01-24T12:00:00Z");
});

test("a range with only a beginning lasts until now", () => {
  const asked = bounds({ ...NOWHERE, from: NOW - DAY }, null, NOW);
  assert.equal(asked.to, "2026-11-20T12:00:00Z");
});

test("the frame of an open incident shows calm before its onset and follows it until now", () => {
  const framed = frame(incident({}), DAY, null, NOW);
  assert.ok(framed.from <= NOW - 24 * DAY);
  assert.equal(framed.to, null);
});

test("the frame of a resolved incident ends a little after it, and never in the future", () => {
  const past = frame(incident({ resolved_ms: NOW - 5 * DAY }), DAY, null, NOW);
  assert.equal(past.to, NOW - 2 * DAY);
  const recent = frame(incident({ resolved_ms: NOW - DAY }), DAY, null, NOW);
  assert.equal(recent.to, NOW);
});

test("no frame begins before the model's first row, unless the incident itself does", () => {
  const first = NOW - 12 * DAY;
  assert.equal(frame(incident({}), DAY, first, NOW).from, first);
  assert.equal(frame(incident({}), DAY, NOW - 2 * DAY, NOW).from, NOW - 10 * DAY);
});
