import assert from "node:assert/strict";
import { test } from "node:test";
import { curve, thin } from "../src/charts/curve.ts";

test("a gap in the data is a gap in the line", () => {
  const drawn = curve([1, 2, null, 3, 4], null, 100, 20);
  assert.equal(drawn.path.match(/M/g)?.length, 2);
});

test("a lone point between gaps is still drawn", () => {
  assert.equal(curve([null, 2, null], null, 100, 20).dots.length, 1);
});

test("thinning keeps the peak and keeps whole gaps", () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index === 617 ? 9 : index < 100 ? null : 1));
  const few = thin(values, 50);
  assert.equal(few.length, 50);
  assert.ok(few.includes(9));
  assert.equal(few[0], null);
});

test("the threshold is inside the picture even when every value is far below it", () => {
  const drawn = curve([0.01, 0.02], 0.5, 100, 20);
  assert.ok(drawn.threshold !== null && drawn.threshold >= 0 && drawn.threshold <= 20);
});
