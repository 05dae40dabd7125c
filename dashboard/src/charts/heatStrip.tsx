import { useMemo } from "preact/hooks";
import type { Column } from "../api/overview.ts";
import { level, paths } from "./buckets.ts";

export interface HeatStripProps {
  readonly status: Column;
  readonly exceedance: Column;
  /** The window each column shows, -1 for none. */
  readonly chosen: Int32Array;
  readonly columnWidth: number;
  readonly height: number;
  /** Its threshold is not learned yet: drawn in outline. */
  readonly provisional: boolean;
}

/** One row of the heat grid: a path per colour, so that a row costs a handful of elements however long it is. */
export function HeatStrip({ status, exceedance, chosen, columnWidth, height, provisional }: HeatStripProps) {
  const drawn = useMemo(() => {
    const levels = Array.from(chosen, (window) => level(status[window], exceedance[window]));
    // An outline lies half outside of what it surrounds.
    return provisional ? paths(levels, columnWidth, height - 2, 1) : paths(levels, columnWidth, height);
  }, [status, exceedance, chosen, columnWidth, height, provisional]);
  return (
    <svg class={provisional ? "strip provisional" : "strip"} width={chosen.length * columnWidth} height={height} aria-hidden="true">
      {drawn.map(([step, path]) => (
        <path key={step} class={step} d={path} />
      ))}
    </svg>
  );
}

/** The hatching that strips refer to; drawn once per page. */
export function HatchPattern() {
  return (
    <svg class="patterns" width="0" height="0" aria-hidden="true">
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="5" height="5" />
        <rect class="hatch-line" width="1.6" height="5" />
      </pattern>
    </svg>
  );
}
