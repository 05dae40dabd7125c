import type { Overview } from "../../api/overview.ts";
import { count, inUnit, times, unitName } from "../../format/number.ts";
import { period, within } from "../../format/time.ts";
import { LAYER_NAMES, statistic, statusName } from "../../format/words.ts";
import { Flag } from "../../marks/chips.tsx";
import { Blank, Skeleton } from "../../marks/notices.tsx";
import { now } from "../../state/connection.ts";
import { closeOne } from "../../state/journey.ts";
import { go, place } from "../../state/place.ts";
import { chosenRow, chosenWindow, overview, series } from "../../state/questions.ts";
import { CloserEvidence, Explained } from "./closer.tsx";
import { DistributionEvidence } from "./distribution.tsx";
import { SeriesEvidence } from "./series.tsx";
import { VersionsEvidence } from "./versions.tsx";

const OPENED_FROM = { impact: "Impact", quality: "Quality", backtest: "Backtest" };

/** "over the last 24 h", where the value is about more than the chosen window. */
function view(start: number, windowMs: number): string {
  const points = series.value.value?.points;
  const span = points?.span?.[points.start_ms.indexOf(start)] ?? 1;
  return within(span * windowMs, windowMs);
}

/** Value against threshold in the chosen window, large. */
function Verdict({ shown, row, start }: { readonly shown: Overview; readonly row: number; readonly start: number }) {
  const window = shown.windows.start_ms.indexOf(start);
  const { cells, signals } = shown;
  const status = cells.status.at(row)?.[window] ?? null;
  const unit = signals.unit[row] ?? "";
  const silent = status === null || status > 2;
  if (window < 0) return <p class="quiet">This window lies outside the range of the grid.</p>;
  return (
    <p class={`verdict ${status === 2 ? "past" : ""}`}>
      {silent ? (
        <b class="value">{statusName(status)}</b>
      ) : (
        <>
          <b class="value">{inUnit(cells.value.at(row)?.[window], unit)}</b>
          <span>
            {unitName(unit)} against a threshold of <b>{inUnit(cells.threshold.at(row)?.[window], unit)}</b>
            {status === 2 ? <em> {times(cells.exceedance.at(row)?.[window])}</em> : ` (${statusName(status)})`}
          </span>
        </>
      )}
      {cells.n.at(row)?.[window] == null ? null : (
        <span class="n">
          for {count(cells.n.at(row)?.[window])} predictions {view(start, shown.window_ms ?? 0)}
        </span>
      )}
      {shown.signals.provisional?.[row] === true ? <Flag name="provisional" /> : null}
    </p>
  );
}

/** One window earlier or later, without leaving the panel. */
function Steps({ shown, start }: { readonly shown: Overview; readonly start: number }) {
  const starts = shown.windows.start_ms;
  const window = starts.indexOf(start);
  const before = window > 0 ? (starts[window - 1] ?? null) : null;
  const after = starts[window + 1] ?? null;
  return (
    <span class="steps">
      <button type="button" class="plain" disabled={before === null} onClick={() => go({ at: before })} title="One window earlier">
        ‹
      </button>
      <button
        type="button"
        class="plain"
        disabled={window < 0 || after === null}
        onClick={() => go({ at: after })}
        title="One window later"
      >
        ›
      </button>
    </span>
  );
}

function Body({ shown, row }: { readonly shown: Overview; readonly row: number }) {
  const chosen = chosenWindow.value;
  const { signals } = shown;
  const layer = signals.layer[row];
  return (
    <>
      <h2>
        {signals.label[row]} <span class="statistic">{statistic(signals.statistic[row] ?? "")}</span>
      </h2>
      <p class="quiet">
        {layer === undefined ? "" : LAYER_NAMES[layer]} layer, {signals.role[row]}
      </p>
      {chosen === null ? (
        <Blank title="No window of this monitor has been evaluated in this range" />
      ) : (
        <>
          <p class="chosen-period">
            <Steps shown={shown} start={chosen.from} />
            <b>{period(chosen.from, chosen.to, now.peek())}</b>
          </p>
          <Verdict shown={shown} row={row} start={chosen.from} />
          <Explained />
        </>
      )}
      <SeriesEvidence />
      <DistributionEvidence />
      <VersionsEvidence />
      {layer === "data" || layer === "model" ? <CloserEvidence /> : null}
    </>
  );
}

/** One monitor in one window: what moved, since when, and in which version. */
export function SignalEvidence() {
  const shown = overview.value.value;
  const row = chosenRow.value;
  const inside = place.value.incident !== null || place.value.panel !== null;
  return (
    <article class="evidence" aria-label="Evidence">
      <div class="evidence-bar">
        {inside ? (
          <button type="button" class="plain" onClick={() => go({ signal: null, at: null })}>
            ‹ {place.value.incident === null ? OPENED_FROM[place.value.panel ?? "impact"] : "Incident"}
          </button>
        ) : (
          <span class="quiet">Evidence</span>
        )}
        <button type="button" class="plain close" onClick={closeOne} title="Close (Esc)">
          Close
        </button>
      </div>
      {shown === null ? <Skeleton lines={8} /> : null}
      {shown !== null && row < 0 ? (
        <Blank title={`${shown.model.name} has no monitor named ${place.value.signal}`} />
      ) : null}
      {shown !== null && row >= 0 ? <Body shown={shown} row={row} /> : null}
    </article>
  );
}
