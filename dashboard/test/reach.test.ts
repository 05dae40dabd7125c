import assert from "node:assert/strict";
import { test } from "node:test";
import { reach } from "../src/charts/reach.ts";

const steady = Array.from({ length: 40 }, () => 0.9);
const column = (value: number): number[] => steady.map(() => value);

test("every value has room, and the interval of a thin window does not flatten the rest", () => {
  const low = column(0.88).with(7, 0.02);
  const [bottom, top] = reach(steady.with(3, 0.8), low, column(0.92));
  assert.ok(bottom < 0.8 && bottom > 0.7);
  assert.ok(top > 0.92 && top < 1);
});

test("a metric that never moves still has an axis", () => {
  const [bottom, top] = reach([0, null], [0, null], [0, null]);
  assert.ok(bottom < 0 && top > 0);
});
