import { HatchPattern } from "../../charts/heatStrip.tsx";

const SWATCHES: readonly [string, string][] = [
  ["near", "near its threshold"],
  ["few", "not enough data"],
  ["none", "no data"],
];

function Swatch({ step }: { readonly step: string }) {
  return (
    <svg class="strip swatch" width="14" height="12" aria-hidden="true">
      <path class={step} d="M0 0h14v12h-14z" />
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
      <span>blank: not evaluated</span>
    </footer>
  );
}
