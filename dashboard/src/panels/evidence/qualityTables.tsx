import { useSignal } from "@preact/signals";
import type { MetricColumns, Quality } from "../../api/quality.ts";
import { count, number } from "../../format/number.ts";
import { period, shortDay } from "../../format/time.ts";
import { metricName, plural } from "../../format/words.ts";
import { now } from "../../state/connection.ts";
import { parted } from "../../state/questions.ts";

export function interval(low: number | null | undefined, high: number | null | undefined): string {
  return `${number(low)} to ${number(high)}`;
}

/** The same on both sides of the onset of an open incident: what its drift may have done. */
export function AroundTheOnset({ name }: { readonly name: string }) {
  const known = parted.value.value;
  if (known === null) return null;
  const line = (words: string, side: Quality) => {
    const found = side.overall.metrics[name];
    return found === undefined ? null : (
      <tr>
        <th scope="row" title={period(side.from_ms, side.to_ms, now.peek())}>
          {words}
        </th>
        <td>
          <b>{number(found.value)}</b>
        </td>
        <td>{interval(found.low, found.high)}</td>
        <td>{count(found.n)}</td>
      </tr>
    );
  };
  return (
    <table class="around" aria-label="Around the onset">
      <thead>
        <tr>
          <th scope="col">Onset {shortDay(known.since.from_ms - known.since.window_ms)}</th>
          <th scope="col">{metricName(name)}</th>
          <th scope="col">95 % interval</th>
          <th scope="col">n</th>
        </tr>
      </thead>
      <tbody>
        {line("windows before", known.before)}
        {line("windows since", known.since)}
      </tbody>
    </table>
  );
}

/** The windows that are drawn, as numbers. */
export function WindowTable({ shown, metric, name }: { readonly shown: Quality; readonly metric: MetricColumns; readonly name: string }) {
  const opened = useSignal(false);
  const { start_ms, end_ms, rows, joined, expected, complete } = shown.windows;
  return (
    <details
      onToggle={(event) => {
        opened.value = event.currentTarget.open;
      }}
    >
      <summary>All {plural(start_ms.length, "window")} as a table</summary>
      {opened.value ? (
        <div class="scroll-x tall">
          <table>
            <thead>
              <tr>
                {["Window", metricName(name), "95 % interval", "n", "Joined", "Expected", "Predictions", "Complete"].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {start_ms.map((start, index) => (
                <tr key={start}>
                  <th scope="row">{period(start, end_ms[index] ?? start, now.peek())}</th>
                  <td>{number(metric.value[index])}</td>
                  <td>{metric.value[index] == null ? "" : interval(metric.low[index], metric.high[index])}</td>
                  <td>{count(metric.n[index])}</td>
                  <td>{count(joined[index])}</td>
                  <td>{count(expected[index])}</td>
                  <td>{count(rows[index])}</td>
                  <td>{complete[index] ? "yes" : "no"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}
