import type { Impact, Slices } from "../../api/impact.ts";
import { count, number, percent } from "../../format/number.ts";
import { period as spanOf } from "../../format/time.ts";
import { plural } from "../../format/words.ts";
import { Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { now } from "../../state/connection.ts";
import { impact, period, slices, slicesWanted } from "../../state/impacts.ts";
import { closeOne, monitorOf, openSignal } from "../../state/journey.ts";
import { overview } from "../../state/questions.ts";

function signed(value: number | null | undefined): string {
  return `${(value ?? 0) > 0 ? "+" : ""}${number(value)}`;
}

/** One bar to the left or the right of nothing, as long as its share of the longest. */
function Bar({ value, most }: { readonly value: number; readonly most: number }) {
  const width = (Math.abs(value) / most) * 50;
  return (
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" height="8" aria-hidden="true">
      <rect class="track" x="49.6" width="0.8" height="8" />
      <rect class={`after ${value < 0 ? "less" : "more"}`} x={value < 0 ? 50 - width : 50} width={width} height="8" />
    </svg>
  );
}

function Ranking({ shown }: { readonly shown: Impact }) {
  const { features } = shown;
  const most = Math.max(1e-12, ...features.impact.map((value) => Math.abs(value ?? 0)));
  return (
    <table class="impacts">
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <td aria-hidden="true" />
          <th scope="col" title={`On the mean of ${shown.target}`}>
            Impact
          </th>
          <th scope="col" title="Rows that moved to other bins">
            Moved
          </th>
        </tr>
      </thead>
      <tbody>
        {features.feature.map((name, index) => {
          const monitor = monitorOf(name);
          const value = features.impact[index] ?? 0;
          const [gained, lost] = [features.gained[index] ?? null, features.lost[index] ?? null];
          const noise = Math.abs(value) <= 2 * (features.noise[index] ?? 0);
          return (
            <tr key={name} class={noise ? "noise" : ""} title={gained === null ? "" : `more of ${gained}, less of ${lost}`}>
              <th scope="row">
                <button
                  type="button"
                  class="link"
                  disabled={monitor === null}
                  onClick={() => {
                    if (monitor !== null) openSignal(monitor);
                  }}
                >
                  <Prose text={features.label[index] ?? ""} />
                </button>
              </th>
              <td class="bar">
                <Bar value={value} most={most} />
              </td>
              <td>
                <b>{signed(value)}</b>
                {noise ? <span class="quiet within">noise</span> : null}
              </td>
              <td>{percent(features.moved_share[index])}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function SliceTable({ shown }: { readonly shown: Slices }) {
  const found = shown.slices;
  if (found.label.length === 0) {
    return <p class="quiet">No part of the traffic stands out: {plural(shown.tested, "slice")} looked at.</p>;
  }
  return (
    <>
      <div class="scroll-x">
        <table class="slices">
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col" title={`Mean of ${shown.target} in the baseline and now`}>
                Mean
              </th>
              <th scope="col">Rows</th>
            </tr>
          </thead>
          <tbody>
            {found.label.map((label, index) => (
              <tr key={label}>
                <th scope="row">
                  <Prose text={label} />
                </th>
                <td>
                  {number(found.baseline_mean[index])} → <b>{number(found.mean[index])}</b>
                </td>
                <td>{percent(found.share[index])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        {plural(shown.tested, "slice")} looked at, in {count(shown.n)} rows against {count(shown.baseline_n)} of the baseline.
      </p>
    </>
  );
}

/** Asked for with a button: it reads rows, which takes seconds. */
function WhereAnswersChanged() {
  const { value: shown, failure, loading } = slices.value;
  if (slicesWanted.value === null) {
    const ask = (): void => {
      slicesWanted.value = period.peek();
    };
    return (
      <button type="button" class="plain look" onClick={ask}>
        Find the part of the traffic where answers changed
      </button>
    );
  }
  return (
    <section aria-label="Where answers changed">
      <h3>Where answers changed</h3>
      {loading ? <Skeleton lines={3} /> : null}
      {failure === null ? null : failure.kind === "not_found" ? (
        <p class="quiet">{failure.message}</p>
      ) : (
        <Trouble failure={failure} what="The slices" />
      )}
      {shown === null ? null : <SliceTable shown={shown} />}
    </section>
  );
}

/** What the drift of each feature should have done to the mean prediction. */
export function ImpactEvidence() {
  const { value: shown, failure, loading } = impact.value;
  return (
    <section class="impact" aria-label="Impact">
      <h3>Which drift matters</h3>
      {failure === null ? null : failure.kind === "not_found" || failure.kind === "refused" ? (
        <p class="quiet">{failure.message}</p>
      ) : (
        <Trouble failure={failure} what="The impact" />
      )}
      {shown === null && loading ? <Skeleton lines={4} /> : null}
      {shown === null ? null : (
        <>
          <p class="quiet">{shown.summary}</p>
          {shown.features.feature.length === 0 ? null : <Ranking shown={shown} />}
        </>
      )}
      <WhereAnswersChanged />
    </section>
  );
}

/** The same for all windows that the grid shows. */
export function ModelImpact() {
  const shown = overview.value.value;
  return (
    <article class="evidence" aria-label="Impact on the model">
      <div class="evidence-bar">
        <span class="quiet">{shown === null ? "" : spanOf(shown.from_ms, shown.to_ms, now.peek())}</span>
        <button type="button" class="plain close" onClick={closeOne} title="Close (Esc)">
          Close
        </button>
      </div>
      <ImpactEvidence />
    </article>
  );
}
