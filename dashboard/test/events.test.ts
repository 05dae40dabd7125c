import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEvents } from "../src/api/events.ts";

const STREAM = 'data: {"revision": 1}\n\n: still here\n\nevent: changed\ndata: a\ndata: b\n\n';

test("events are read whole, comments are no events", () => {
  const { events, rest } = parseEvents(STREAM);
  assert.deepEqual(events, [
    { kind: "message", data: '{"revision": 1}' },
    { kind: "changed", data: "a\nb" },
  ]);
  assert.equal(rest, "");
});

test("however the network cuts the stream, the same events arrive", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const first = parseEvents(STREAM.slice(0, cut));
    const second = parseEvents(first.rest + STREAM.slice(cut));
    assert.deepEqual([...first.events, ...second.events], parseEvents(STREAM).events);
  }
});

test("line ends of other systems are understood", () => {
  assert.deepEqual(parseEvents("data: x\r\n\r\n").events, [{ kind: "message", data: "x" }]);
});
