import { LAYERS, type Model } from "../api/models.ts";
import { count } from "../format/number.ts";
import { ago, duration } from "../format/time.ts";
import { LAYER_NAMES, plural } from "../format/words.ts";
import { LayerMark, PriorityChip } from "../marks/chips.tsx";
import { now } from "../state/connection.ts";
import { byUrgency } from "../state/order.ts";
import { goToModel } from "../state/place.ts";

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

/** Every model on one line with its layers. */
export function FleetPanel({ known }: { readonly known: readonly Model[] }) {
  const watched = new Set(known.flatMap((model) => Object.keys(model.layers)));
  const troubled = known.filter((model) => model.open_incidents > 0 && !model.retired).length;
  return (
    <section class="fleet" aria-label="Models">
      <header class="headline">
        <h1 class={troubled === 0 ? "calm" : ""}>
          {troubled === 0 ? `All ${plural(known.length, "model")} without open incidents` : null}
          {troubled > 0 ? <em>{troubled}</em> : null}
          {troubled > 0 ? ` of ${plural(known.length, "model")} with open incidents` : null}
        </h1>
      </header>
      <div class="scroll-x">
        <table>
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
          <tbody>
            {byUrgency(known).map((model) => (
              <ModelRow key={`${model.project}/${model.name}`} model={model} watched={watched} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
