import { useRef } from "preact/hooks";
import { LAYERS, type Model } from "../api/models.ts";
import { count } from "../format/number.ts";
import { ago, duration } from "../format/time.ts";
import { LAYER_NAMES, plural } from "../format/words.ts";
import { LayerMark, PriorityChip } from "../marks/chips.tsx";
import { Blank } from "../marks/notices.tsx";
import { now } from "../state/connection.ts";
import { byUrgency } from "../state/order.ts";
import { go, goToModel, place, refine } from "../state/place.ts";
import { sight, useSight } from "../state/visible.ts";

function ModelRow({ model, watched }: { readonly model: Model; readonly watched: ReadonlySet<string> }) {
  const open = (): void => goToModel(model.name);
  return (
    <tr class={model.retired ? "retired" : ""} onClick={open} data-model={model.name}>
      <th scope="row">
        <button type="button" class="link" onClick={open}>
          {model.name}
        </button>
        <span class="quiet">
          {model.task}
          {model.retired ? ", retired" : ""}
          {model.provisional ? ", provisional baseline" : ""}
        </span>
      </th>
      <td>
        {model.highest_priority === null ? (
          <span class="quiet">none</span>
        ) : (
          <>
            <PriorityChip priority={model.highest_priority} /> {model.open_incidents}
          </>
        )}
      </td>
      {LAYERS.map((layer) => (
        <td key={layer} class={`layer-cell ${watched.has(layer) ? "" : "unwatched"}`}>
          <LayerMark layer={layer} state={model.layers[layer]} />
        </td>
      ))}
      <td class="number">{count(model.rows)}</td>
      <td>{model.last_time_ms === null ? "–" : ago(model.last_time_ms, now.value)}</td>
      <td>{model.window_seconds === null ? "not chosen yet" : duration(model.window_seconds * 1000)}</td>
      <td class="number">{model.versions.length}</td>
    </tr>
  );
}

/** Lines have one height, so that of hundreds only those in sight are drawn. */
const LINE = 40;

/** The lines in sight, between two that are as high as those that are not. */
function Lines({ found, watched }: { readonly found: readonly Model[]; readonly watched: ReadonlySet<string> }) {
  const host = useRef<HTMLTableSectionElement>(null);
  useSight(host);
  const first = Math.min(Math.max(Math.floor(sight.value.from / LINE), 0), Math.max(found.length - 1, 0));
  const last = Math.min(Math.max(Math.ceil(sight.value.to / LINE), first + 1), found.length);
  const space = (lines: number) => (lines <= 0 ? null : <tr class="space" aria-hidden="true" style={{ height: `${lines * LINE}px` }} />);
  return (
    <tbody ref={host}>
      {space(first)}
      {found.slice(first, last).map((model) => (
        <ModelRow key={`${model.project}/${model.name}`} model={model} watched={watched} />
      ))}
      {space(found.length - last)}
    </tbody>
  );
}

/** Every word of the search stands in the name, the task or the priority. */
function matching(known: readonly Model[], search: string): readonly Model[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return known.filter((model) => {
    const text = `${model.name} ${model.task} ${model.highest_priority ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Every model on one line with its layers. */
export function FleetPanel({ known }: { readonly known: readonly Model[] }) {
  const watched = new Set(known.flatMap((model) => Object.keys(model.layers)));
  const troubled = known.filter((model) => model.open_incidents > 0 && !model.retired).length;
  const found = byUrgency(matching(known, place.value.search));
  return (
    <section class="fleet" aria-label="Models">
      <header class="headline">
        <h1 class={troubled === 0 ? "calm" : ""}>
          {troubled === 0 ? `All ${plural(known.length, "model")} without open incidents` : null}
          {troubled > 0 ? <em>{troubled}</em> : null}
          {troubled > 0 ? ` of ${plural(known.length, "model")} with open incidents` : null}
        </h1>
        <p class="facts">
          <button type="button" class="link" onClick={() => go({ page: "digest" })}>
            What happened this week?
          </button>
        </p>
      </header>
      {found.length === 0 ? (
        <Blank title={`No model matches “${place.value.search}”`}>
          <button type="button" class="plain" onClick={() => refine({ search: "" })}>
            Show all {known.length}
          </button>
        </Blank>
      ) : null}
      <div class="scroll-x">
        <table aria-rowcount={found.length + 1}>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Incidents</th>
              {LAYERS.map((layer) => (
                <th key={layer} scope="col" class={`layer-cell ${watched.has(layer) ? "" : "unwatched"}`}>
                  {LAYER_NAMES[layer]}
                </th>
              ))}
              <th scope="col" class="number">
                Predictions
              </th>
              <th scope="col">Newest</th>
              <th scope="col">Window</th>
              <th scope="col" class="number">
                Versions
              </th>
            </tr>
          </thead>
          <Lines found={found} watched={watched} />
        </table>
      </div>
    </section>
  );
}
