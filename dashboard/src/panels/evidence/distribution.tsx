import { Fragment } from "preact";
import type { Distribution, Group, Pair } from "../../api/distribution.ts";
import { CategoryBars } from "../../charts/categoryBars.tsx";
import { Histogram } from "../../charts/histogram.tsx";
import { count, number, percent, pValue } from "../../format/number.ts";
import { statistic } from "../../format/words.ts";
import { Skeleton, Trouble } from "../../marks/notices.tsx";
import { place } from "../../state/place.ts";
import { chosenSeries, distribution, series } from "../../state/questions.ts";

const RATES = ["missing", "mistyped", "unseen", "out_of_range"] as const;

const RATE_NAMES: Readonly<Record<(typeof RATES)[number], string>> = {
  missing: "Missing",
  mistyped: "Mistyped",
  unseen: "Unseen categories",
  out_of_range: "Out of range",
};

function changed(pair: Pair | null | undefined): pair is Pair {
  return pair !== null && pair !== undefined && ((pair.baseline ?? 0) > 0 || (pair.current ?? 0) > 0);
}

function Rates({ shown }: { readonly shown: Distribution }) {
  const rates = RATES.filter((name) => changed(shown[name]));
  const mean = shown.kind === "numeric" ? (shown.mean ?? null) : null;
  return (
    <dl class="pairs">
      {mean === null ? null : (
        <>
          <dt>Mean</dt>
          <dd>
            {number(mean.baseline)} → <b>{number(mean.current)}</b>
          </dd>
        </>
      )}
      {rates.map((name) => (
        <Fragment key={name}>
          <dt>{RATE_NAMES[name]}</dt>
          <dd>
            {percent(shown[name]?.baseline)} → <b>{percent(shown[name]?.current)}</b>
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** All series of a group; a click shows another one's distribution. */
function Series({ shown, group }: { readonly shown: Distribution; readonly group: Group }) {
  const monitor = place.value.signal;
  if (monitor === null) return null;
  const furthest = Math.max(...group.value.map((value) => value ?? 0), 1e-9);
  return (
    <ul class="group" aria-label="Series">
      {group.signal.map((name, at) => (
        <li key={name}>
          <button
            type="button"
            class="plain"
            aria-pressed={name === shown.signal}
            onClick={() => {
              chosenSeries.value = { monitor, series: name };
            }}
          >
            {group.label[at]} <b>{number(group.value[at])}</b>
            <span class="track">
              <span class="fill" style={{ width: `${((group.value[at] ?? 0) / furthest) * 100}%` }} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function BinTable({ shown }: { readonly shown: Distribution }) {
  const { bins } = shown;
  return (
    <details>
      <summary>All {bins.label.length} bins as a table</summary>
      <div class="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">Bin</th>
              <th scope="col">Baseline</th>
              <th scope="col">Window</th>
              <th scope="col">Rows in the window</th>
            </tr>
          </thead>
          <tbody>
            {bins.label.map((label, bin) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{percent(bins.baseline[bin])}</td>
                <td>{percent(bins.current[bin])}</td>
                <td>{count(bins.count[bin])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** The distance of the chosen monitor first, the others as the server orders them. */
function distanceNames(shown: Distribution): string[] {
  const own = series.value.value?.statistic;
  const names = Object.keys(shown.distances);
  return own !== undefined && own in shown.distances ? [own, ...names.filter((name) => name !== own)] : names;
}

function Distances({ shown }: { readonly shown: Distribution }) {
  const names = distanceNames(shown);
  if (names.length === 0) return null;
  return (
    <>
      <h3>Distances from the baseline</h3>
      <div class="scroll-x">
        <table class="distances">
          <thead>
            <tr>
              <th scope="col">Distance</th>
              <th scope="col" title="What is left after taking off what chance alone would give at this n">
                Debiased
              </th>
              <th scope="col">Raw</th>
              <th scope="col">By chance</th>
              <th scope="col">p</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const distance = shown.distances[name];
              return (
                <tr key={name}>
                  <th scope="row" title={distance?.unit ?? ""}>
                    {distance?.title ?? statistic(name)}
                  </th>
                  <td>
                    <b>{number(distance?.debiased)}</b>
                  </td>
                  <td>{number(distance?.value)}</td>
                  <td>{number(distance?.null_mean)}</td>
                  <td>{pValue(distance?.p)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        Each for this window alone, n {count(shown.n)} against {count(shown.baseline_n)}; the value above may be about a longer
        view.
      </p>
    </>
  );
}

/** What the window's values look like beside the baseline's. */
export function DistributionEvidence() {
  const { value: shown, failure, loading } = distribution.value;
  if (failure !== null && failure.kind === "not_found") {
    return <p class="quiet note">{failure.message}</p>;
  }
  if (failure !== null) return <Trouble failure={failure} what="The distribution" />;
  if (shown === null) return loading ? <Skeleton lines={5} /> : null;
  const group = shown.group?.signal.length ? shown.group : null;
  return (
    <section class="distribution" aria-label="Distribution">
      <h3>{group === null ? "Baseline against window" : `${shown.label}: baseline against window`}</h3>
      {group === null ? null : <Series shown={shown} group={group} />}
      <p class="keys">
        <span class="key before">baseline, n {count(shown.baseline_n)}</span>
        <span class="key after">window, n {count(shown.n)}</span>
      </p>
      {shown.n === 0 ? <p class="note">No rows in this window.</p> : null}
      {shown.kind === "numeric" ? <Histogram bins={shown.bins} /> : <CategoryBars bins={shown.bins} />}
      <Rates shown={shown} />
      <BinTable shown={shown} />
      <Distances shown={shown} />
    </section>
  );
}
