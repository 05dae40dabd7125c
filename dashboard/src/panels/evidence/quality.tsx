import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Metric, MetricColumns, Quality } from "../../api/quality.ts";
import { count, number } from "../../format/number.ts";
import { duration, period } from "../../format/time.ts";
import { metricName, plural } from "../../format/words.ts";
import { useLater } from "../../marks/later.tsx";
import { Blank, Skeleton, Trouble } from "../../marks/notices.tsx";
import { now } from "../../state/connection.ts";
import { closeOne } from "../../state/journey.ts";
import { go, place } from "../../state/place.ts";
import { overview, quality } from "../../state/questions.ts";
import { zoomTo } from "../../state/zoom.ts";
import { shade } from "../../state/theme.ts";
import { NoOutcomes } from "./noOutcomes.tsx";
import { AroundTheOnset, interval, WindowTable } from "./qualityTables.tsx";

const NO_CHANGES: readonly number[] = [];

function Picker({ names, chosen }: { readonly names: readonly string[]; readonly chosen: string }) {
  return (
    <label class="picker">
      <span class="quiet">Metric </span>
      <select value={chosen} onChange={(event) => go({ metric: event.currentTarget.value })}>
        {names.map((name) => (
          <option key={name} value={name}>
            {metricName(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The metric over the whole range, and how many of its predictions it speaks for. */
function Verdict({ shown, found, name }: {
  readonly shown: Quality;
  readonly found: Metric | undefined;
  readonly name: string;
}) {
  const { overall } = shown;
  return (
    <p class="verdict">
      <b class="value">{number(found?.value)}</b>
      <span>
        {metricName(name)}
        {found === undefined ? ": its rows do not define it" : <>, 95 % interval <b>{interval(found.low, found.high)}</b>, n {count(found.n)}</>}
      </span>
      <span class="n">
        for {count(overall.joined)} of {count(overall.rows)} predictions, {period(shown.from_ms, shown.to_ms, now.peek())}
      </span>
    </p>
  );
}

/** What the scores of a window let expect, with what such an estimate cannot see. */
function Expected({ shown, name, at }: { readonly shown: Quality; readonly name: string; readonly at: number }) {
  const told = shown.estimated ?? null;
  const columns = told?.metrics[name];
  const value = columns?.value[at] ?? null;
  if (told === null || (columns === undefined && told.why === null)) return null;
  if (columns === undefined || value === null) return told.why === null ? null : <p class="quiet">{told.why}</p>;
  return (
    <p class="quiet estimate">
      Estimated from its scores: {metricName(name)} <b>{number(value)}</b>, 95 % of such windows between{" "}
      {interval(columns.low[at], columns.high[at])}. {told.caveat}
    </p>
  );
}

/** What the windows that are not complete lack, and what that means for them. */
function Completeness({ shown }: { readonly shown: Quality }) {
  const { complete } = shown.windows;
  const open = complete.filter((each) => !each).length;
  const { waiting } = shown.outcomes;
  return (
    <p class="quiet completeness">
      {open === 0
        ? `All ${plural(complete.length, "window")} are complete.`
        : `${open} of ${plural(complete.length, "window")} (hatched, hollow) ${open === 1 ? "is" : "are"} not complete: more than a fifth of the outcomes are still to come or missing, so the number may still move.`}
      {waiting > 0 ? ` ${plural(waiting, "outcome")} of this model ${waiting === 1 ? "waits" : "wait"} for a prediction.` : ""}
    </p>
  );
}

/** The window pointed at, else the chosen one, else the newest that has the metric. */
function Readout({ shown, metric, name, pointed }: {
  readonly shown: Quality;
  readonly metric: MetricColumns;
  readonly name: string;
  readonly pointed: number | null;
}) {
  const { start_ms, end_ms, rows, joined, expected, complete } = shown.windows;
  const chosen = start_ms.indexOf(place.value.at ?? -1);
  const last = metric.value.findLastIndex((value) => value !== null);
  const at = pointed ?? (chosen < 0 ? last : chosen);
  const [start, end] = [start_ms[at], end_ms[at]];
  if (start === undefined || end === undefined) return null;
  const value = metric.value[at] ?? null;
  return (
    <>
      <p class="readout keys">
        <span>{period(start, end, now.peek())}</span>
        <span class="key value">
          {metricName(name)} <b>{number(value)}</b>
        </span>
        {value === null ? null : <span class="key interval">95 % interval {interval(metric.low[at], metric.high[at])}, n {count(metric.n[at])}</span>}
        <span class="key joined">
          {count(joined[at])} with an outcome, of <b>{count(rows[at])}</b> predictions
        </span>
        <span>{count(expected[at])} expected by now</span>
        {complete[at] ? null : <span class="warn">not complete</span>}
      </p>
      <Expected shown={shown} name={name} at={at} />
    </>
  );
}

function Chart({ shown, metric, name }: { readonly shown: Quality; readonly metric: MetricColumns; readonly name: string }) {
  const pointed = useSignal<number | null>(null);
  const Band = useLater(() => import("../../charts/band.tsx"));
  const grid = overview.value.value;
  const onsets = useMemo(
    () => (grid?.incidents ?? []).flatMap((one) => (one.state === "open" && one.onset_ms !== null ? [one.onset_ms] : [])),
    [grid],
  );
  const point = (index: number | null): void => {
    pointed.value = index;
  };
  return (
    <section class="series" aria-label={`${metricName(name)} over time`}>
      {Band === null ? (
        <Skeleton lines={5} />
      ) : (
        <Band
          windows={shown.windows}
          metric={metric}
          onsets={onsets}
          changes={grid?.changes.time_ms ?? NO_CHANGES}
          at={place.value.at}
          show={number}
          shade={shade.value}
          label={`${metricName(name)} over time with its 95 % interval; the table below holds the numbers`}
          onPoint={point}
          onPick={(start) => go({ at: start })}
          onZoom={zoomTo}
        />
      )}
      <Readout shown={shown} metric={metric} name={name} pointed={pointed.value} />
      <Completeness shown={shown} />
      <WindowTable shown={shown} metric={metric} name={name} />
    </section>
  );
}

/** Where it starts: what most people ask first, where it is defined. */
const FIRST: readonly string[] = ["accuracy", "mae"];

function Body({ shown }: { readonly shown: Quality }) {
  const names = Object.keys(shown.metrics);
  const wanted = [place.value.metric ?? "", ...FIRST].find((name) => names.includes(name));
  const name = wanted ?? names[0];
  const metric = shown.metrics[name ?? ""];
  if (shown.why !== null) return <NoOutcomes shown={shown} />;
  if (name === undefined || metric === undefined) {
    return (
      <Blank title="No prediction of this range has an outcome yet">
        <p>
          {count(shown.overall.rows)} predictions, {period(shown.from_ms, shown.to_ms, now.peek())}
        </p>
      </Blank>
    );
  }
  return (
    <>
      <p class="quiet">
        Predictions against the outcome <code>{shown.outcome}</code>, in windows of {duration(shown.window_ms)} of when they
        were made
      </p>
      <Picker names={names} chosen={name} />
      <Verdict shown={shown} found={shown.overall.metrics[name]} name={name} />
      <AroundTheOnset name={name} />
      <Chart shown={shown} metric={metric} name={name} />
    </>
  );
}

function about(): string {
  const { version, segment } = place.value;
  return [version === null ? null : `version ${version}`, segment].filter((part) => part !== null).join(", ");
}

/** How good the answers were, as far as it is known what came true. */
export function QualityEvidence() {
  const { value: shown, failure, loading } = quality.value;
  return (
    <article class="evidence" aria-label="Quality">
      <div class="evidence-bar">
        <span class="quiet">{shown === null ? "" : period(shown.from_ms, shown.to_ms, now.peek())}</span>
        <button type="button" class="plain close" onClick={closeOne} title="Close (Esc)">
          Close
        </button>
      </div>
      <h2>
        Quality <span class="statistic">{about()}</span>
      </h2>
      {failure === null ? null : <Trouble failure={failure} what="The quality" />}
      {shown === null && loading ? <Skeleton lines={8} /> : null}
      {shown === null ? null : <Body shown={shown} />}
    </article>
  );
}
