import type { Incident } from "../../api/incidents.ts";
import { LAYERS, type Model } from "../../api/models.ts";
import { count } from "../../format/number.ts";
import { duration, period, utc, zone } from "../../format/time.ts";
import { LAYER_NAMES, plural } from "../../format/words.ts";
import { LayerMark, PriorityChip } from "../../marks/chips.tsx";
import { isAwaited, Skeleton, Trouble } from "../../marks/notices.tsx";
import { Prose } from "../../marks/prose.tsx";
import { When } from "../../marks/when.tsx";
import { now } from "../../state/connection.ts";
import { digest, WEEK_MS } from "../../state/digest.ts";
import { byUrgency, inOrder } from "../../state/order.ts";
import { go } from "../../state/place.ts";
import { models } from "../../state/questions.ts";
import { Paper } from "./paper.tsx";

function Row({ one }: { readonly one: Incident }) {
  const end = one.resolved_ms ?? now.peek();
  return (
    <li>
      <p>
        <PriorityChip priority={one.priority} />{" "}
        <a
          href={`?model=${encodeURIComponent(one.model)}&incident=${one.id}`}
          onClick={(event) => {
            event.preventDefault();
            go({ page: null, model: one.model || null, incident: one.id });
          }}
        >
          <Prose text={one.title} />
        </a>
      </p>
      <p class="quiet">
        {one.model === "" ? "" : `${one.model}, `}onset <When ms={one.onset_ms} />, opened <When ms={one.opened_ms} />,{" "}
        {one.resolved_ms === null ? `open for ${duration(end - one.opened_ms)}` : `lasted ${duration(end - (one.onset_ms ?? one.opened_ms))}`}
        {one.ended === "" ? "" : `. ${one.ended}`}
      </p>
      {one.causes[0] === undefined ? null : (
        <p>
          <Prose text={one.causes[0].summary} />
        </p>
      )}
    </li>
  );
}

function List({ title, of, none }: { readonly title: string; readonly of: readonly Incident[]; readonly none: string }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {of.length === 0 ? <p class="quiet">{none}</p> : null}
      <ul class="digest-list">
        {of.map((one) => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function Models({ known }: { readonly known: readonly Model[] }) {
  return (
    <section aria-label="Models">
      <h2>{plural(known.length, "model")}</h2>
      <div class="scroll-x">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              {LAYERS.map((layer) => (
                <th key={layer} scope="col" class="layer-cell">
                  {LAYER_NAMES[layer]}
                </th>
              ))}
              <th scope="col">Open incidents</th>
              <th scope="col">Predictions so far</th>
              <th scope="col">Newest</th>
            </tr>
          </thead>
          <tbody>
            {byUrgency(known).map((model) => (
              <tr key={`${model.project}/${model.name}`}>
                <th scope="row">{model.name}</th>
                {LAYERS.map((layer) => (
                  <td key={layer} class="layer-cell">
                    <LayerMark layer={layer} state={model.layers[layer]} />
                  </td>
                ))}
                <td>{model.open_incidents}</td>
                <td>{count(model.rows)}</td>
                <td>
                  <When ms={model.last_time_ms} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Body({ known, week }: { readonly known: readonly Model[]; readonly week: readonly Incident[] }) {
  const ordered = inOrder(week);
  const since = now.peek() - WEEK_MS;
  const opened = week.filter((one) => one.opened_ms >= since).length;
  const ended = ordered.filter((one) => one.state === "resolved");
  const open = ordered.filter((one) => one.state === "open");
  const quiet = known.filter((model) => model.open_incidents === 0 && !model.retired).length;
  return (
    <>
      <p class="quiet">{period(since, now.peek(), now.peek())}</p>
      <h1>
        The week: {plural(opened, "incident")} opened, {ended.length} ended, {open.length} open
      </h1>
      <p>
        {plural(known.length, "model")}, {quiet} without an open incident.
      </p>
      <List title="Look now, or the same business day" of={open.filter((one) => one.priority !== "P3")} none="Nothing is open that cannot wait." />
      <List title="For this digest" of={open.filter((one) => one.priority === "P3")} none="No slow change is waiting to be read." />
      <List title="Ended this week" of={ended} none="No incident ended this week." />
      <Models known={known} />
      <footer class="quiet">
        Times are in {zone()}. Read {utc(now.peek())}.
      </footer>
    </>
  );
}

/** What happened this week, to read from top to bottom. */
export default function Digest() {
  const { value: week, failure } = digest.value;
  const known = models.value.value;
  return (
    <Paper title="Weekly digest" back={{ page: null }}>
      {failure === null ? null : <Trouble failure={failure} what="The incidents of the week" />}
      {isAwaited(week, failure) || known === null ? <Skeleton lines={10} /> : null}
      {week === null || known === null ? null : <Body known={known} week={week} />}
    </Paper>
  );
}
