import type { Incident } from "../api/incidents.ts";
import { ago, duration } from "../format/time.ts";
import { plural } from "../format/words.ts";
import { LayerPips, PriorityChip } from "../marks/chips.tsx";
import { isAwaited, Skeleton, Trouble } from "../marks/notices.tsx";
import { Prose } from "../marks/prose.tsx";
import { When } from "../marks/when.tsx";
import { now } from "../state/connection.ts";
import { openIncident, soon } from "../state/journey.ts";
import { inOrder } from "../state/order.ts";
import { go, place } from "../state/place.ts";
import { incidents } from "../state/questions.ts";

function Card({ incident }: { readonly incident: Incident }) {
  const chosen = place.value.incident === incident.id;
  const resolved = incident.resolved_ms !== null;
  const lasted = resolved
    ? `lasted ${duration((incident.resolved_ms ?? 0) - (incident.onset_ms ?? incident.opened_ms))}`
    : ago(incident.opened_ms, now.value);
  return (
    <li>
      <button
        type="button"
        class={`incident ${incident.state} ${incident.priority.toLowerCase()} ${chosen ? "chosen" : ""}`}
        aria-pressed={chosen}
        data-incident={incident.id}
        onClick={() => soon(() => openIncident(incident))}
      >
        <span class="line">
          <PriorityChip priority={incident.priority} />
          <LayerPips layers={incident.layers} />
          <span class="age" title={resolved ? "From onset to resolution" : "Opened"}>{lasted}</span>
        </span>
        <span class="title">
          <Prose text={incident.title} />
        </span>
        {incident.causes[0] === undefined ? null : (
          <span class="cause">
            <Prose text={incident.causes[0].summary} />
          </span>
        )}
        <span class="line quiet">
          <span>
            onset <When ms={incident.onset_ms} />
          </span>
          {incident.ended === "" ? null : <span>{incident.ended}</span>}
        </span>
      </button>
    </li>
  );
}

function List({ known }: { readonly known: readonly Incident[] }) {
  const ordered = inOrder(known);
  const open = ordered.filter((incident) => incident.state === "open");
  const resolved = ordered.filter((incident) => incident.state === "resolved");
  return (
    <>
      {open.length > 0 ? (
        <ul class="incident-list">
          {open.map((incident) => (
            <Card key={incident.id} incident={incident} />
          ))}
        </ul>
      ) : (
        <p class="all-quiet">
          <i aria-hidden="true" />
          No open incident
        </p>
      )}
      {resolved.length > 0 ? (
        <details open={resolved.some((incident) => incident.id === place.value.incident)}>
          <summary>{plural(resolved.length, "resolved incident")}</summary>
          <ul class="incident-list">
            {resolved.map((incident) => (
              <Card key={incident.id} incident={incident} />
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

export function IncidentsPanel() {
  const { value: known, failure } = incidents.value;
  return (
    <nav class="incidents-panel" aria-label="Incidents">
      <h2>Incidents</h2>
      {failure === null ? null : <Trouble failure={failure} what="The incidents" />}
      {isAwaited(known, failure) ? <Skeleton lines={3} /> : null}
      {known === null ? null : <List known={known} />}
      {known === null ? null : (
        <button type="button" class="link week" onClick={() => go({ page: "digest" })}>
          What happened this week?
        </button>
      )}
    </nav>
  );
}
