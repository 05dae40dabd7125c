import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../src/format/prose.ts";

test("instants inside a sentence are found, the rest stays as it is", () => {
  assert.deepEqual(pieces("It began about 2026-06-25T03:00:00Z, then 2026-06-26T03:00Z."), [
    "It began about ",
    Date.UTC(2026, 5, 25, 3),
    ", then ",
    Date.UTC(2026, 5, 26, 3),
    ".",
  ]);
  assert.deepEqual(pieces("version 2018-10 of car_value"), ["version 2018-10 of car_value"]);
  assert.deepEqual(pieces(""), []);
});
