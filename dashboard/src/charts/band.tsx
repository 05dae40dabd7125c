/** A metric per window with its interval as a band, above bars of the rows it rests on. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { MetricColumns, QualityWindows } from "../api/quality.ts";
import { axes, choosing, color, HEIGHT, mark } from "./plot.ts";
import { BARS, reach } from "./reach.ts";

export interface BandProps {
  readonly windows: QualityWindows;
  readonly metric: MetricColumns;
  readonly onsets: readonly number[];
  readonly changes: readonly number[];
  /** Start of the chosen window. */
  readonly at: number | null;
  readonly show: (value: number) => string;
  readonly shade: string;
  readonly label: string;
  readonly onPoint: (index: number | null) => void;
  readonly onPick: (start: number) => void;
  readonly onZoom: (from: number, to: number) => void;
}

const BAND_ALPHA = 0.28;
const HATCH_PIXELS = 5;
/** Windows narrower than this have smaller dots. */
const DENSE_PIXELS = 6;

/** Slanted lines: not enough to judge. */
function hatching(context: CanvasRenderingContext2D): CanvasPattern | string {
  const size = HATCH_PIXELS * devicePixelRatio;
  const tile = new OffscreenCanvas(size, size);
  const brush = tile.getContext("2d");
  if (brush === null) return color("--few-line");
  brush.strokeStyle = color("--few-line");
  brush.lineWidth = devicePixelRatio;
  brush.beginPath();
  brush.moveTo(-1, 1);
  brush.lineTo(1, -1);
  brush.moveTo(0, size);
  brush.lineTo(size, 0);
  brush.moveTo(size - 1, size + 1);
  brush.lineTo(size + 1, size - 1);
  brush.stroke();
  return context.createPattern(tile, "repeat") ?? color("--few-line");
}

/** Left edge and width of a window in the plot. */
function span(plot: uPlot, windows: QualityWindows, index: number): readonly [number, number] {
  // Whole pixels, or neighbours shine through each other.
  const left = Math.round(plot.valToPos((windows.start_ms[index] ?? 0) / 1000, "x", true));
  const right = Math.round(plot.valToPos((windows.end_ms[index] ?? 0) / 1000, "x", true));
  return [left, Math.max(right - left, 1)];
}

function ground(plot: uPlot, { windows, at }: BandProps): void {
  const { ctx, bbox } = plot;
  const hatched = hatching(ctx);
  windows.start_ms.forEach((start, index) => {
    const [left, width] = span(plot, windows, index);
    const fills = [...(start === at ? [color("--select-soft")] : []), ...(windows.complete[index] ? [] : [hatched])];
    for (const fill of fills) {
      ctx.fillStyle = fill;
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
  });
}

function bars(plot: uPlot, { windows }: BandProps): void {
  const { ctx, bbox } = plot;
  const most = Math.max(1, ...windows.rows);
  const floor = bbox.top + bbox.height;
  windows.rows.forEach((rows, index) => {
    const [left, width] = span(plot, windows, index);
    for (const [n, fill] of [[rows, "--before"], [windows.joined[index] ?? 0, "--line-value"]] as const) {
      const tall = (n / most) * (BARS - 0.03) * bbox.height;
      ctx.fillStyle = color(fill);
      ctx.fillRect(left, floor - tall, width > 4 ? width - devicePixelRatio : width, tall);
    }
  });
}

function intervals(plot: uPlot, { windows, metric }: BandProps): void {
  const { ctx } = plot;
  ctx.fillStyle = color("--line-value");
  ctx.globalAlpha = BAND_ALPHA;
  metric.low.forEach((low, index) => {
    const high = metric.high[index] ?? null;
    if (low === null || high === null) return;
    const [left, width] = span(plot, windows, index);
    const top = plot.valToPos(high, "y", true);
    ctx.fillRect(left, top, width, Math.max(plot.valToPos(low, "y", true) - top, 1));
  });
}

/** What stands behind the line; the interval of a wild window is cut off at the edge and at the bars. */
function behind(plot: uPlot, props: BandProps): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ground(plot, props);
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height * (1 - BARS));
  ctx.clip();
  intervals(plot, props);
  ctx.restore();
}

function hooks(props: BandProps, chosen: (plot: uPlot) => void): uPlot.Hooks.Arrays {
  return {
    setSelect: [chosen],
    drawClear: [(plot) => behind(plot, props)],
    draw: [
      (plot) => {
        bars(plot, props);
        for (const change of props.changes) mark(plot, change, color("--muted"), [2, 3]);
        for (const onset of props.onsets) mark(plot, onset, color("--onset"), [6, 3]);
      },
    ],
    setCursor: [(plot) => props.onPoint(plot.cursor.idx ?? null)],
  };
}

/** Windows without predictions are not in the answer; the line must not bridge them. */
function missing(plot: uPlot, { windows }: BandProps, nulls: uPlot.Series.Gaps): uPlot.Series.Gaps {
  const found: uPlot.Series.Gaps = [...nulls];
  windows.end_ms.forEach((end, index) => {
    const next = windows.start_ms[index + 1];
    if (next !== undefined && next > end) {
      found.push([Math.round(plot.valToPos(end / 1000, "x", true)), Math.round(plot.valToPos(next / 1000, "x", true))]);
    }
  });
  return found.sort(([a], [b]) => a - b);
}

function series(props: BandProps, dense: boolean): uPlot.Series[] {
  const stroke = color("--line-value");
  const size = dense ? 3 : 5;
  const dots = (fill: string): uPlot.Series => ({ stroke, width: 0, paths: () => null, points: { show: true, size, fill, stroke, width: 1 } });
  return [
    {},
    { stroke, width: 1.3, spanGaps: false, points: { show: false }, gaps: (plot, _, __, ___, nulls) => missing(plot, props, nulls) },
    dots(stroke),
    dots(color("--panel")),
  ];
}

function data({ windows, metric }: BandProps): uPlot.AlignedData {
  const middles = windows.start_ms.map((start, index) => (start + (windows.end_ms[index] ?? start)) / 2000);
  const where = (complete: boolean) => metric.value.map((value, index) => (windows.complete[index] === complete ? value : null));
  return [middles, [...metric.value], where(true), where(false)];
}

function draw(host: HTMLElement, props: BandProps): uPlot {
  const zoom = choosing(props.onZoom);
  const { windows, metric } = props;
  const [bottom, top] = reach(metric.value, metric.low, metric.high);
  const dense = host.clientWidth / Math.max(windows.start_ms.length, 1) < DENSE_PIXELS;
  const ends = [(windows.start_ms[0] ?? 0) / 1000, (windows.end_ms.at(-1) ?? 1) / 1000] as const;
  const options: uPlot.Options = {
    width: host.clientWidth,
    height: HEIGHT,
    hooks: hooks(props, zoom.chosen),
    series: series(props, dense),
    axes: axes(props.show, bottom),
    scales: { x: { range: () => [...ends] }, y: { range: () => [bottom - (BARS / (1 - BARS)) * (top - bottom), top] } },
    legend: { show: false },
    cursor: zoom.cursor,
  };
  const plot = new uPlot(options, data(props), host);
  plot.over.addEventListener("click", () => {
    const start = windows.start_ms[plot.cursor.idx ?? -1];
    if (zoom.wasClick() && start !== undefined) props.onPick(start);
  });
  return plot;
}

export default function Band(props: BandProps) {
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
  }, [props.windows, props.metric, props.at, props.onsets, props.shade]);
  return <div class="lines" ref={host} role="img" aria-label={props.label} />;
}
