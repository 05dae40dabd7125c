import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, iso, NOWHERE, type Place } from "../src/state/codec.ts";

const FULL: Place = {
  page: "report",
  model: "car loan & co",
  range: null,
  from: Date.UTC(2026, 2, 1, 5),
  to: Date.UTC(2026, 3, 1),
  incident: "inc_1a2b",
  signal: "feature.größe/%:jensen_shannon",
  at: Date.UTC(2026, 2, 31, 3),
  panel: "quality",
  metric: "average_precision",
  version: "2026-11-01",
  segment: "country=FR",
  search: "car value",
  folded: ["serving", "data"],
};

test("a place survives the way through the address bar", () => {
  assert.deepEqual(decode(encode(FULL)), FULL);
  assert.deepEqual(decode(encode({ ...FULL, range: "7d", from: null, to: null })).range, "7d");
});

test("nowhere is spelled as nothing", () => {
  assert.equal(encode(NOWHERE), "");
  assert.deepEqual(decode(""), NOWHERE);
});

test("a spelling read and written again does not change", () => {
  const once = encode(decode("?model=m&at=2026-03-31T03:00:00Z&from=2026-03-01&unknown=1"));
  assert.equal(encode(decode(once)), once);
});

test("what cannot be read is as if it were not there", () => {
  const place = decode("?from=yesterday&at=&range=3w&signal=&folded=,,");
  assert.deepEqual(place, NOWHERE);
});

test("a moving range excludes fixed bounds", () => {
  const place = decode("?range=24h&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z");
  assert.equal(place.range, "24h");
  assert.equal(place.from, null);
  assert.equal(place.to, null);
});

test("instants are written in whole seconds of UTC", () => {
  assert.equal(iso(Date.UTC(2026, 2, 31, 3, 0, 0, 250)), "2026-03-31T03:00:00Z");
});
