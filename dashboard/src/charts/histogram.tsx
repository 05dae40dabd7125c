import { useSignal } from "@preact/signals";
import type { Bins } from "../api/distribution.ts";
import { count, number, percent } from "../format/number.ts";

const HEIGHT = 150;
const TOP = 6;

/** "< 10 · 5.0 % in the baseline, 21.3 % in the window (36 rows)". */
export function binSentence(bins: Bins, index: number): string {
  const share = `${percent(bins.baseline[index])} of the baseline, ${percent(bins.current[index])} of the window`;
  return `${bins.label[index]}: ${share} (${count(bins.count[index])} rows)`;
}

function tallest(bins: Bins): number {
  return Math.max(1e-9, ...bins.baseline.map((share) => share ?? 0), ...bins.current.map((share) => share ?? 0));
}

/** The four or so labels that fit below the bars. */
function labelled(size: number): number[] {
  const steps = Math.min(4, size - 1);
  return steps < 1 ? [0] : Array.from({ length: steps + 1 }, (_, step) => Math.round((step * (size - 1)) / steps));
}

/** Where a bin begins, or the name of one without a beginning. */
function edge(bins: Bins, bin: number): string {
  const low = bins.low[bin] ?? null;
  return low === null ? (bins.label[bin] ?? "") : number(low);
}

/** Baseline (grey steps) against window (bars), one slot per bin: bins of the reference, equal widths. */
export function Histogram({ bins }: { readonly bins: Bins }) {
  const pointed = useSignal<number | null>(null);
  const size = bins.label.length;
  const slot = 100 / Math.max(size, 1);
  const top = tallest(bins);
  const tall = (share: number | null | undefined): number => ((share ?? 0) / top) * (HEIGHT - TOP);
  const index = pointed.value;
  return (
    <div class="histogram">
      <svg
        viewBox={`0 0 100 ${HEIGHT}`}
        preserveAspectRatio="none"
        height={HEIGHT}
        role="img"
        aria-label="Share of rows per bin, baseline and window; the table below holds the numbers"
        onPointerLeave={() => {
          pointed.value = null;
        }}
      >
        {bins.label.map((label, bin) => {
          const [before, after] = [tall(bins.baseline[bin]), tall(bins.current[bin])];
          const moved = (bins.current[bin] ?? 0) > (bins.baseline[bin] ?? 0) ? "more" : "less";
          const point = (): void => {
            pointed.value = bin;
          };
          return (
            <g key={label} class={index === bin ? "pointed" : ""} onPointerEnter={point} onClick={point}>
              <rect class="catch" x={bin * slot} y={0} width={slot} height={HEIGHT} />
              <rect class="before" x={(bin + 0.04) * slot} y={HEIGHT - before} width={0.92 * slot} height={before} />
              <rect
                class={`after ${moved}`}
                x={(bin + 0.22) * slot}
                y={HEIGHT - after}
                width={0.56 * slot}
                height={after}
              />
            </g>
          );
        })}
      </svg>
      <div class="histogram-labels" aria-hidden="true">
        {labelled(size).map((bin) => (
          <span key={bin}>{edge(bins, bin)}</span>
        ))}
      </div>
      <p class="readout" aria-live="polite">
        {index === null ? "Point at a bin for its numbers." : binSentence(bins, index)}
      </p>
    </div>
  );
}
