import { HatchPattern } from "../../charts/heatStrip.tsx";
import { overview } from "../../state/questions.ts";

const SWATCHES: readonly [string, string][] = [
  ["near", "near its threshold"],
  ["few", "not enough data"],
  ["none", "no data"],
];

function Swatch({ step, outline = false }: { readonly step: string; readonly outline?: boolean }) {
  return (
    <svg class={`strip swatch ${outline ? "provisional" : ""}`} width="14" height="12" aria-hidden="true">
      <path class={step} d={outline ? "M1 1h12v10h-12z" : "M0 0h14v12h-14z"} />
    </svg>
  );
}

export function Legend() {
  const ramp = ["calm-0", "calm-1", "calm-2"];
  const hot = ["hot-0", "hot-1", "hot-2", "hot-3"];
  return (
    <footer class="legend">
      <HatchPattern />
      <span>
        within
        {ramp.map((step) => (
          <Swatch key={step} step={step} />
        ))}
        <b>threshold</b>
        {hot.map((step) => (
          <Swatch key={step} step={step} />
        ))}
        5× past it
      </span>
      {SWATCHES.map(([step, words]) => (
        <span key={step}>
          <Swatch step={step} />
          {words}
        </span>
      ))}
      {overview.value.value?.signals.provisional?.some(Boolean) ? (
        <span>
          <Swatch step="hot-1" outline />
          past a provisional threshold
        </span>
      ) : null}
      <span>blank: not evaluated</span>
    </footer>
  );
}
