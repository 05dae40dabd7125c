import type { Components } from "../api/components.ts";
import type { Series } from "../api/series.ts";
import { Sparkline } from "../charts/sparkline.tsx";
import { inUnit, unitName } from "../format/number.ts";
import { ago } from "../format/time.ts";
import { plural, shortStatistic, statistic, statusName } from "../format/words.ts";
import { StateDot } from "../marks/chips.tsx";
import { Skeleton, Trouble } from "../marks/notices.tsx";
import { Prose } from "../marks/prose.tsx";
import { now } from "../state/connection.ts";
import { componentRules, components, openedComponent } from "../state/components.ts";

const SHOWN = 3;
const SPARK = { width: 180, height: 24 };

function Rule({ rule }: { readonly rule: Series }) {
  const { value, threshold, status } = rule.points;
  const limit = threshold.at(-1) ?? null;
  const said = status.at(-1) ?? null;
  return (
    <tr class={said === 2 ? "past" : ""}>
      <th scope="row" title={statistic(rule.statistic)}>
        {shortStatistic(rule.statistic)}
      </th>
      <td class="number">
        <b class={said === 2 ? "hot-text" : ""}>{inUnit(value.at(-1), rule.unit)}</b> {unitName(rule.unit)}
      </td>
      <td class="number quiet">/ {inUnit(limit, rule.unit)}</td>
      <td>{statusName(said)}</td>
      <td>
        <Sparkline values={value} threshold={limit} {...SPARK} />
      </td>
    </tr>
  );
}

/** What the chosen one is held to, over the last three hours. */
function Rules() {
  const { value: rules, failure, loading } = componentRules.value;
  if (failure !== null && rules === null) return <Trouble failure={failure} what="What it is held to" />;
  if (rules === null) return loading ? <Skeleton lines={4} /> : null;
  const said = rules.filter((rule) => !rule.statistic.includes("_burn_") || rule.points.status.some((one) => one === 1 || one === 2));
  if (rules.length === 0) return <p class="quiet">Nothing was judged in the last three hours.</p>;
  return (
    <table class="rules-of">
      <tbody>
        {said.map((rule) => (
          <Rule key={rule.monitor} rule={rule} />
        ))}
      </tbody>
    </table>
  );
}

function ComponentRow({ known, at }: { readonly known: Components; readonly at: number }) {
  const label = `${known.kind[at]}/${known.name[at]}`;
  const opened = openedComponent.value === label;
  const toggle = (): void => {
    openedComponent.value = opened ? null : label;
  };
  const wrong = known.wrong[at] ?? [];
  const heard = known.heard_ms[at] ?? null;
  return (
    <>
      <tr onClick={toggle} data-component={label}>
        <th scope="row">
          <StateDot state={known.state[at]} />
          <button type="button" class="link" aria-expanded={opened}>
            {known.name[at]}
          </button>
          <span class="quiet">{known.kind[at]}</span>
        </th>
        <td>
          {wrong.length === 0 ? <span class="quiet">{known.state[at] === "" ? "not judged" : "within thresholds"}</span> : null}
          {wrong.slice(0, SHOWN).map((text) => (
            <p key={text} class="wrong">
              <Prose text={text} />
            </p>
          ))}
          {wrong.length > SHOWN ? <p class="wrong quiet">and {wrong.length - SHOWN} more</p> : null}
        </td>
        <td>{heard === null ? "–" : ago(heard, now.value)}</td>
      </tr>
      {opened ? (
        <tr class="opened">
          <td colSpan={3}>
            <Rules />
          </td>
        </tr>
      ) : null}
    </>
  );
}

/** Every machine and service on one line, those in trouble first; nothing where there are none. */
export function ComponentsPanel() {
  const known = components.value.value;
  if (known === null || known.name.length === 0) return null;
  const order = known.name.map((_, at) => at);
  const rank = (at: number): number => ["firing", "ok", ""].indexOf(known.state[at] ?? "");
  order.sort((one, other) => rank(one) - rank(other));
  return (
    <section class="fleet components" aria-label="Machines and services">
      <h2>{plural(order.length, "machine or service", "machines and services")}</h2>
      <div class="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Now</th>
              <th scope="col">Heard</th>
            </tr>
          </thead>
          <tbody>
            {order.map((at) => (
              <ComponentRow key={`${known.kind[at]}/${known.name[at]}`} known={known} at={at} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
