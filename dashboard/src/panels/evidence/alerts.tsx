import type { Alert } from "../../api/incidents.ts";
import { count, inUnit, unitName } from "../../format/number.ts";
import { within } from "../../format/time.ts";
import { ALERT_STATES, shortStatistic } from "../../format/words.ts";
import { Flag, StateDot } from "../../marks/chips.tsx";
import { When } from "../../marks/when.tsx";
import { openAlert } from "../../state/journey.ts";
import { overview } from "../../state/questions.ts";
import { AlertAnswer } from "./answers.tsx";

/** "JS distance 0.13, threshold 0.09, for 412 predictions in this hour". */
function Measured({ alert }: { readonly alert: Alert }) {
  const windowMs = overview.value.value?.window_ms ?? null;
  const length = alert.about === null ? null : alert.about.to_ms - alert.about.from_ms;
  const when = length === null || windowMs === null ? "" : ` ${within(length, windowMs)}`;
  if (alert.component) return <p class="quiet measured">{alert.measured}</p>;
  if (alert.now !== null && alert.usual !== null) {
    return <p class="quiet measured">{`${alert.measured}${length !== null && length > (windowMs ?? length) ? `,${when}` : ""}`}</p>;
  }
  return (
    <p class="quiet measured">
      {unitName(alert.unit)} <b>{inUnit(alert.value, alert.unit)}</b>, threshold <b>{inUnit(alert.threshold, alert.unit)}</b>
      {alert.n === null ? "" : `, for ${count(alert.n)} predictions${when}`}
    </p>
  );
}

function AlertItem({ alert }: { readonly alert: Alert }) {
  return (
    <li data-alert={alert.id}>
      <p class="alert-line">
        <button type="button" class="link" onClick={() => openAlert(alert)}>
          <StateDot state={alert.state} />
          {alert.label} <span class="statistic">{shortStatistic(alert.statistic)}</span>
        </button>
        {alert.segment === "" ? null : <Flag name={alert.segment} />}
        {alert.version === "" ? null : <Flag name={`version ${alert.version}`} />}
        {ALERT_STATES[alert.state] === undefined ? null : <Flag name={ALERT_STATES[alert.state] ?? ""} />}
        {alert.no_data ? <Flag name="no data" /> : null}
        {alert.provisional ? <Flag name="provisional" /> : null}
        <span class="quiet since">
          <When ms={alert.onset_ms} />
        </span>
      </p>
      <Measured alert={alert} />
      <AlertAnswer alert={alert} />
    </li>
  );
}

/** What is past its threshold, by how much of what, and what people say it is. */
export function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <ul class="alerts">
      {alerts.map((alert) => (
        <AlertItem key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}
