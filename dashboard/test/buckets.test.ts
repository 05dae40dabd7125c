import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, level, LEVELS, paths, worst, type Level } from "../src/charts/buckets.ts";

const DAY = 86_400_000;

function days(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, day) => from + day * DAY);
}

/** A small generator with a fixed seed, so that a failing layout can be seen again. */
function* draws(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

test("every window has a column inside the grid, and columns are never narrower than asked", () => {
  for (const count of [1, 7, 30, 299, 720]) {
    for (const pixels of [120, 333, 700, 1900]) {
      const layout = columns(days(count), DAY, 0, count * DAY, pixels, 3);
      assert.ok(layout.width >= 3);
      assert.ok(layout.of.every((column) => column >= 0 && column < layout.count));
      assert.ok(Math.abs(layout.count * layout.width - pixels) < 1e-6);
    }
  }
});

test("a breach is never hidden, however far one zooms out", () => {
  const random = draws(7);
  const next = (): number => random.next().value as number;
  for (let round = 0; round < 200; round++) {
    const count = 1 + Math.floor(next() * 700);
    const status = Array.from({ length: count }, () => Math.floor(next() * 5));
    // Being past the threshold without enough evidence is no breach, so a calm cell may exceed a breach.
    const exceedance = status.map(() => 10 * next());
    const layout = columns(days(count), DAY, 0, count * DAY, 40 + Math.floor(next() * 400), 3);
    const chosen = worst(status, exceedance, layout);
    status.forEach((state, window) => {
      if (state !== 2) return;
      const shown = chosen[layout.of[window] ?? -1] ?? -1;
      assert.equal(status[shown], 2);
      assert.ok((exceedance[shown] ?? 0) >= (exceedance[window] ?? 0));
    });
  }
});

test("what was measured outranks what says nothing", () => {
  const layout = columns(days(3), DAY, 0, 3 * DAY, 3, 3);
  assert.equal(layout.count, 1);
  assert.equal(worst([4, 0, 3], [null, 0.1, null], layout)[0], 1);
  assert.equal(worst([4, 3, null], [null, null, null], layout)[0], 1);
  assert.equal(worst([null, null, null], [null, null, null], layout)[0], -1);
});

test("missing windows leave their columns empty instead of moving the others", () => {
  const layout = columns([0, DAY, 5 * DAY], DAY, 0, 6 * DAY, 600, 3);
  assert.deepEqual([...layout.of], [0, 1, 5]);
  assert.equal(layout.count, 6);
});

test("a range longer than its windows leaves the rest blank", () => {
  const layout = columns(days(2, 3 * DAY), DAY, 0, 10 * DAY, 500, 3);
  assert.equal(layout.from, 0);
  assert.equal(layout.count, 10);
  assert.deepEqual([...layout.of], [3, 4]);
});

test("no windows at all is an empty grid, not an error", () => {
  const layout = columns([], DAY, 0, 30 * DAY, 300, 3);
  assert.deepEqual([...worst([], [], layout)], new Array(layout.count).fill(-1));
});

test("only a breach is hot, and the further past the threshold the hotter", () => {
  for (const exceedance of [0, 0.5, 0.99, 1, 3, 100]) {
    assert.ok(!level(0, exceedance)?.startsWith("hot"));
    assert.ok(!level(1, exceedance)?.startsWith("hot"));
    assert.ok(level(2, exceedance)?.startsWith("hot"));
  }
  const order = [1, 1.6, 3, 20].map((exceedance) => LEVELS.indexOf(level(2, exceedance) ?? "none"));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.equal(new Set(order).size, 4);
});

test("not enough data, no data and not evaluated are three different things", () => {
  assert.deepEqual([level(3, null), level(4, null), level(null, null)], ["few", "none", null]);
});

test("neighbours of different levels leave no slit between them, whatever the width", () => {
  for (const width of [3, 4.1, 4.37, 5.9]) {
    const levels = Array.from({ length: 50 }, (_, column): Level => (column % 2 === 0 ? "calm-0" : "hot-1"));
    const edges = paths(levels, width, 10).flatMap(([, path]) =>
      [...path.matchAll(/M(\d+) 0h(\d+)/g)].map((match) => [Number(match[1]), Number(match[1]) + Number(match[2])] as const),
    );
    edges.sort(([a], [b]) => a - b);
    edges.forEach(([left], index) => assert.equal(left, index === 0 ? 0 : edges[index - 1]?.[1]));
  }
});

test("touching cells of one level become one rectangle, and all pixels are kept", () => {
  const drawn = paths(["calm-0", "calm-0", "hot-1", null, "calm-0"], 3, 10);
  assert.deepEqual(drawn, [
    ["calm-0", "M0 0h6v10h-6zM12 0h3v10h-3z"],
    ["hot-1", "M6 0h3v10h-3z"],
  ]);
});
