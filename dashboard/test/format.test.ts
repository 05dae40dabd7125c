import assert from "node:assert/strict";
import { test } from "node:test";
import { inUnit, number, percent, pValue, times, unitName } from "../src/format/number.ts";
import { ago, duration, instant, period, ticks, utc } from "../src/format/time.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("a number keeps the digits that matter and a tiny one is not zero", () => {
  const shown = [0, 0.0004, 0.0412, 0.413, 1.234, 12.34, 123.4, 12345].map(number);
  assert.deepEqual(shown, ["0", "4.0e-4", "0.041", "0.413", "1.23", "12.3", "123", "12,345"]);
});

test("nothing is shown as a dash, never as zero", () => {
  for (const show of [number, percent, pValue, times]) assert.equal(show(null), "–");
  assert.equal(number(Number.NaN), "–");
});

test("shares read as percentages, other units as they are", () => {
  assert.equal(inUnit(0.213, "share"), "21.3 %");
  assert.equal(inUnit(0.213, "JS distance"), "0.213");
  assert.equal(inUnit(0.213, "missing, share"), "21.3 %");
  assert.deepEqual(["missing, share", "share", "PSI"].map(unitName), ["missing", "", "PSI"]);
  assert.equal(percent(0.0001), "< 0.1 %");
  assert.equal(percent(1), "100 %");
});

test("a length of time is told in its largest fitting unit", () => {
  const shown = [400, 45_000, 90 * 60_000, HOUR, 30 * HOUR, DAY, 12 * DAY].map(duration);
  assert.deepEqual(shown, ["0 s", "45 s", "2 h", "1 h", "30 h", "1 d", "12 d"]);
  assert.equal(ago(0, 5000), "just now");
  assert.equal(ago(0, 3 * DAY), "3 d ago");
});

test("instants tell the year only when it is another one, and UTC on request", () => {
  const at = new Date(2025, 2, 31, 5, 0).getTime();
  assert.equal(instant(at, new Date(2025, 5, 1).getTime()), "31 Mar, 05:00");
  assert.equal(instant(at, new Date(2026, 5, 1).getTime()), "31 Mar 2025, 05:00");
  assert.equal(utc(Date.UTC(2026, 2, 31, 3)), "2026-03-31 03:00:00 UTC");
});

test("a period within a day names the day once", () => {
  const at = new Date(2025, 2, 31, 2).getTime();
  assert.equal(period(at, at + HOUR, at), "31 Mar, 02:00 – 03:00");
  assert.equal(period(at, at + 30 * HOUR, at), "31 Mar, 02:00 – 1 Apr, 08:00");
});

test("ticks stand inside the range, in order, on whole local hours, and are not too many", () => {
  const from = new Date(2026, 9, 20, 7, 23).getTime();
  for (const length of [5 * HOUR, DAY, 3 * DAY, 10 * DAY, 40 * DAY, 300 * DAY, 1500 * DAY]) {
    const marks = ticks(from, from + length, 8);
    assert.ok(marks.length >= 1 && marks.length <= 10, `${length / HOUR} h gives ${marks.length} ticks`);
    marks.forEach((mark, index) => {
      assert.ok(mark.at >= from && mark.at <= from + length);
      assert.equal(new Date(mark.at).getMinutes(), 0);
      assert.ok(index === 0 || mark.at > (marks[index - 1]?.at ?? 0));
    });
  }
});
