import { useMemo } from "preact/hooks";
import type { Column } from "../api/overview.ts";
import { curve } from "./curve.ts";

export interface SparklineProps {
  readonly values: Column;
  readonly threshold: number | null;
  readonly width: number;
  readonly height: number;
}

export function Sparkline({ values, threshold, width, height }: SparklineProps) {
  const drawn = useMemo(() => curve(values, threshold, width, height), [values, threshold, width, height]);
  return (
    <svg class="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {drawn.threshold === null ? null : (
        <line class="limit" x1={0} x2={width} y1={drawn.threshold} y2={drawn.threshold} />
      )}
      <path d={drawn.path} />
      {drawn.dots.map(([x, y]) => (
        <circle key={x} cx={x} cy={y} r={1} />
      ))}
      {drawn.last === null ? null : <circle class="last" cx={drawn.last[0]} cy={drawn.last[1]} r={1.8} />}
    </svg>
  );
}
