import { LAYERS, type Layer, type LayerState, type Priority } from "../api/models.ts";
import { LAYER_NAMES, LAYER_STATES } from "../format/words.ts";

const MEANING: Readonly<Record<Priority, string>> = {
  P1: "P1: look now",
  P2: "P2: look the same business day",
  P3: "P3: in the weekly digest",
};

export function PriorityChip({ priority }: { readonly priority: Priority }) {
  return (
    <span class={`chip ${priority.toLowerCase()}`} title={MEANING[priority]}>
      {priority}
    </span>
  );
}

/** The layers an incident touches, from the machine up to the purpose: five places, the touched ones lit. */
export function LayerPips({ layers }: { readonly layers: readonly Layer[] }) {
  const named = layers.map((layer) => LAYER_NAMES[layer]).join(", ");
  return (
    <span class="pips" role="img" aria-label={`Layers: ${named}`} title={`Layers: ${named}`}>
      {LAYERS.map((layer) => (
        <i key={layer} class={layers.includes(layer) ? "lit" : ""} />
      ))}
    </span>
  );
}

export function LayerMark({ layer, state }: { readonly layer: Layer; readonly state: LayerState | undefined }) {
  const words = state === undefined ? "not monitored" : LAYER_STATES[state];
  return (
    <span class={`layer-mark ${state ?? "absent"}`} title={`${LAYER_NAMES[layer]}: ${words}`}>
      <i aria-hidden="true" />
      <span class="words">{words}</span>
    </span>
  );
}

export function StateDot({ state }: { readonly state: string | undefined }) {
  return <i class={`dot ${state ?? ""}`} aria-hidden="true" />;
}

const FLAGS: Readonly<Record<string, string>> = {
  provisional: "Its threshold is not learned yet, or its reference is made of early traffic: less sure than others",
  "no data": "No data for some windows; that never ends an alert",
  recovering: "Within its threshold again, but not yet for long enough",
};

/** A condition beside the state. */
export function Flag({ name }: { readonly name: string }) {
  return (
    <span class="chip condition" title={FLAGS[name] ?? ""}>
      {name}
    </span>
  );
}
