import assert from "node:assert/strict";
import { test } from "node:test";
import type { Incident } from "../src/api/incidents.ts";
import type { Model } from "../src/api/models.ts";
import { byUrgency, inOrder } from "../src/state/order.ts";

function incident(id: string, state: string, priority: string, opened_ms: number): Incident {
  return { id, state, priority, opened_ms } as unknown as Incident;
}

function model(name: string, highest_priority: string | null, retired = false): Model {
  return { name, highest_priority, retired } as unknown as Model;
}

test("open incidents come first, the most urgent of them on top, the newest among equals", () => {
  const known = [
    incident("old news", "resolved", "P1", 9),
    incident("digest", "open", "P3", 8),
    incident("older", "open", "P2", 1),
    incident("newer", "open", "P2", 5),
    incident("now", "open", "P1", 0),
  ];
  assert.deepEqual(inOrder(known).map((one) => one.id), ["now", "newer", "older", "digest", "old news"]);
  assert.equal(known[0]?.id, "old news", "the server's list itself is left as it was");
});

test("troubled models come first, retired ones last, equals by name", () => {
  const known = [model("a", null), model("gone", "P1", true), model("c", "P2"), model("b", "P2"), model("d", "P1")];
  assert.deepEqual(byUrgency(known).map((one) => one.name), ["d", "b", "c", "a", "gone"]);
});
