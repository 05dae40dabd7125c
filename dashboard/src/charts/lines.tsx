/** The interactive series chart: uPlot, loaded only when evidence is opened. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Column } from "../api/overview.ts";
import { axes, choosing, color, HEIGHT, mark } from "./plot.ts";

export interface Line {
  readonly name: string;
  readonly values: Column;
}

export interface LinesProps {
  readonly starts: readonly number[];
  readonly windowMs: number;
  readonly values: Column;
  readonly threshold: Column;
  readonly status: Column;
  readonly others: readonly Line[];
  readonly onset: number | null;
  readonly changes: readonly number[];
  readonly at: number | null;
  readonly show: (value: number) => string;
  readonly shade: string;
  /** The window under the mouse, null when it leaves. */
  readonly onPoint: (index: number | null) => void;
  readonly onPick: (start: number) => void;
  readonly onZoom: (from: number, to: number) => void;
}

export const OTHER_COLORS: readonly string[] = ["--other-0", "--other-1", "--other-2", "--other-3"];

/** Above this many windows per pixel of width, single points are noise. */
const DENSE_PIXELS = 4;

/** The chosen window as a band behind the lines. */
function band(plot: uPlot, from: number, to: number): void {
  const left = plot.valToPos(from / 1000, "x", true);
  const right = plot.valToPos(to / 1000, "x", true);
  plot.ctx.save();
  plot.ctx.fillStyle = color("--select-soft");
  plot.ctx.fillRect(left - 2, plot.bbox.top, Math.max(right - left, 2) + 4, plot.bbox.height);
  plot.ctx.restore();
}

function hooks(props: LinesProps, chosen: (plot: uPlot) => void): uPlot.Hooks.Arrays {
  return {
    setSelect: [chosen],
    drawClear: [(plot) => (props.at === null ? undefined : band(plot, props.at, props.at + props.windowMs))],
    draw: [
      (plot) => {
        for (const change of props.changes) mark(plot, change, color("--muted"), [2, 3]);
        if (props.onset !== null) mark(plot, props.onset, color("--onset"), [6, 3]);
      },
    ],
    setCursor: [(plot) => props.onPoint(plot.cursor.idx ?? null)],
  };
}

function series(props: LinesProps, dense: boolean): uPlot.Series[] {
  const hot = color("--hot-1-fill");
  const line = (stroke: string, width: number): uPlot.Series => ({ stroke, width, spanGaps: false, points: { size: 3.5 } });
  return [
    {},
    line(color("--line-value"), 1.5),
    { stroke: color("--limit"), width: 1, dash: [5, 4], spanGaps: false, points: { show: false } },
    { stroke: hot, width: 0, paths: () => null, points: { show: true, size: dense ? 3 : 5, fill: hot, width: 0 } },
    ...props.others.map((_, index) => line(color(OTHER_COLORS[index % OTHER_COLORS.length] ?? "--muted"), 1.2)),
  ];
}

function data(props: LinesProps): uPlot.AlignedData {
  const breaches = props.values.map((value, index) => (props.status[index] === 2 ? value : null));
  const x = props.starts.map((start) => start / 1000);
  return [x, [...props.values], [...props.threshold], breaches, ...props.others.map((other) => [...other.values])];
}

/** Room for every value and for all but the wildest thresholds, which with few rows can be out of all proportion. */
function top(props: LinesProps): number {
  const known = (column: Column): number[] => column.filter((value) => value !== null);
  const limits = known(props.threshold).sort((a, b) => a - b);
  const usual = limits[Math.floor(0.9 * (limits.length - 1))] ?? 0;
  const values = [props.values, ...props.others.map((other) => other.values)].flatMap(known);
  return 1.08 * (Math.max(usual, ...values) || 1);
}

function draw(host: HTMLElement, props: LinesProps): uPlot {
  const zoom = choosing(props.onZoom);
  const dense = host.clientWidth / Math.max(props.starts.length, 1) < DENSE_PIXELS;
  const options: uPlot.Options = {
    width: host.clientWidth,
    height: HEIGHT,
    hooks: hooks(props, zoom.chosen),
    series: series(props, dense),
    axes: axes(props.show),
    scales: { y: { range: (_, low) => [Math.min(0, low), top(props)] } },
    legend: { show: false },
    cursor: zoom.cursor,
  };
  const plot = new uPlot(options, data(props), host);
  plot.over.addEventListener("click", () => {
    const start = props.starts[plot.cursor.idx ?? -1];
    if (zoom.wasClick() && start !== undefined) props.onPick(start);
  });
  return plot;
}

export default function Lines(props: LinesProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const plot = draw(element, props);
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [props.starts, props.values, props.others, props.at, props.onset, props.shade]);
  return <div class="lines" ref={host} role="img" aria-label="Value and threshold over time; the table below holds the numbers" />;
}
