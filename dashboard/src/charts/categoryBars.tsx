import type { Bins } from "../api/distribution.ts";
import { count, percent } from "../format/number.ts";
import { binSentence } from "./histogram.tsx";

const MOST = 12;

/** Bins by how far they moved; categories nobody saw in either period are left out. */
export function byMovement(bins: Bins): number[] {
  const moved = (bin: number): number => Math.abs((bins.current[bin] ?? 0) - (bins.baseline[bin] ?? 0));
  return bins.label
    .map((_, bin) => bin)
    .filter((bin) => (bins.baseline[bin] ?? 0) > 0 || (bins.count[bin] ?? 0) > 0)
    .sort((a, b) => moved(b) - moved(a));
}

/** Categories as pairs of bars, the most moved first. */
export function CategoryBars({ bins }: { readonly bins: Bins }) {
  const order = byMovement(bins);
  const top = Math.max(1e-9, ...order.map((bin) => Math.max(bins.baseline[bin] ?? 0, bins.current[bin] ?? 0)));
  const rest = order.length - MOST;
  return (
    <div class="categories">
      {order.slice(0, MOST).map((bin) => (
        <div key={bin} class="category" title={binSentence(bins, bin)}>
          <span class="name">{bins.label[bin]}</span>
          <svg viewBox="0 0 100 14" preserveAspectRatio="none" height={14} aria-hidden="true">
            <rect class="before" x={0} y={1} width={((bins.baseline[bin] ?? 0) / top) * 100} height={12} />
            <rect
              class={`after ${(bins.current[bin] ?? 0) > (bins.baseline[bin] ?? 0) ? "more" : "less"}`}
              x={0}
              y={4}
              width={((bins.current[bin] ?? 0) / top) * 100}
              height={6}
            />
          </svg>
          <span class="numbers">
            {percent(bins.baseline[bin])} → <b>{percent(bins.current[bin])}</b>
            <span class="quiet"> {count(bins.count[bin])}</span>
          </span>
        </div>
      ))}
      {rest > 0 ? <p class="quiet">{rest} more, less moved, stand in the table.</p> : null}
    </div>
  );
}
