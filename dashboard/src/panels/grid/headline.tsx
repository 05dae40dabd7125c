import type { Overview } from "../../api/overview.ts";
import { count } from "../../format/number.ts";
import { ago, duration, period } from "../../format/time.ts";
import { plural } from "../../format/words.ts";
import { Prose } from "../../marks/prose.tsx";
import { When } from "../../marks/when.tsx";
import { now } from "../../state/connection.ts";
import type { Panel } from "../../state/codec.ts";
import { go, place } from "../../state/place.ts";
import { isFiring, stateOf } from "../../state/rows.ts";
import { chosenIncident } from "./layout.ts";

const NAMED = 4;

/** Labels of what fires, each once, the first few by name. */
function firingLabels(shown: Overview): string {
  const { signals } = shown;
  const labels = [...new Set(signals.label.filter((_, index) => isFiring(signals.state[index])))];
  const more = labels.length - NAMED;
  return more > 1 ? `${labels.slice(0, NAMED).join(", ")} and ${more} more` : labels.join(", ");
}

function Sentence({ shown }: { readonly shown: Overview }) {
  const states = shown.signals.state.map((_, index) => stateOf(shown, index));
  const firing = states.filter(isFiring).length;
  const pending = states.filter((state) => state === "pending").length;
  const silent = states.filter((state) => state === "insufficient" || state === "no_data").length;
  const answered = states.filter((state) => state === "answered").length;
  if (firing > 0) {
    return (
      <h1>
        <em>
          {firing} of {plural(states.length, "monitor")}
        </em>{" "}
        past their threshold: {firingLabels(shown)}
      </h1>
    );
  }
  if (states.length > 0 && silent === states.length) return <h1>Not enough data yet in any of {plural(silent, "monitor")}</h1>;
  return (
    <h1 class="calm">
      All {answered > 0 ? "other " : ""}
      {plural(states.length - silent - answered, "monitor")} within their thresholds
      {pending > 0 ? `, ${pending} close to firing` : ""}
      {answered > 0 ? `; ${answered} answered and followed in silence` : ""}
      {silent > 0 ? `; ${silent} without enough data` : ""}
    </h1>
  );
}

function Onset() {
  const chosen = chosenIncident.value;
  if (chosen?.onset_ms === null || chosen?.onset_ms === undefined) return null;
  return (
    <span>
      onset <When ms={chosen.onset_ms} /> ({ago(chosen.onset_ms, now.value)})
    </span>
  );
}

/** How many thresholds are less sure than they will be. */
function Unlearned({ shown }: { readonly shown: Overview }) {
  const all = shown.signals.provisional ?? [];
  const unlearned = all.filter(Boolean).length;
  if (unlearned === 0) return null;
  const which = unlearned === all.length ? "thresholds are" : `${unlearned} of ${plural(all.length, "threshold")} ${unlearned === 1 ? "is" : "are"}`;
  return <span class="warn">provisional: {which} not learned yet</span>;
}

/** A question about the model, answered on the right. */
function Ask({ panel, words }: { readonly panel: Panel; readonly words: string }) {
  return (
    <button
      type="button"
      class="link"
      aria-pressed={place.value.panel === panel}
      onClick={() => go({ panel, incident: null, signal: null, at: null })}
    >
      {words}
    </button>
  );
}

/** The state of the model in one sentence, and what that sentence stands on. */
export function Headline({ shown }: { readonly shown: Overview }) {
  const windows = shown.windows.start_ms.length;
  const rows = shown.windows.rows.reduce<number>((total, n) => total + (n ?? 0), 0);
  return (
    <header class="headline">
      <Sentence shown={shown} />
      <p class="facts">
        <Onset />
        <span>{period(shown.from_ms, shown.to_ms, now.peek())}</span>
        <span>
          {plural(windows, "window")}
          {shown.window_ms === null ? "" : ` of ${duration(shown.window_ms)}`}, n {count(rows)}
        </span>
        {shown.model.baseline === null ? null : <span>
            {shown.model.calibration ? "" : "baseline: "}
            <Prose text={shown.model.baseline} />
          </span>}
        {shown.model.calibration ? <span>{shown.model.calibration.summary}</span> : null}
        {shown.model.provisional ? <span class="warn">provisional: learnt from early traffic</span> : null}
        {shown.model.provisional ? null : <Unlearned shown={shown} />}
        <Ask panel="impact" words="Which drift matters?" />
        <Ask panel="quality" words="How good were the answers?" />
        <Ask panel="backtest" words="What if it were set otherwise?" />
      </p>
    </header>
  );
}
