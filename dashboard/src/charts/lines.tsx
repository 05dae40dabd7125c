/** The interactive series chart: uPlot, loaded only when evidence is opened. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Column } from "../api/overview.ts";

export interface Line {
  readonly name: string;
  readonly values: Column;
}

export interface LinesProps {
  readonly starts: readonly number[];
  readonly windowMs: number;
  readonly value: Line;
  readonly threshold: Column;
  readonly status: Column;
  readonly others: readonly Line[];
  readonly onset: number | null;
  readonly changes: readonly number[];
  readonly at: number | null;
  readonly show: (value: number) => string;
  readonly shade: string;
  readonly onPick: (start: number) => void;
}

const HEIGHT = 190;

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A vertical line across the plot at an instant. */
function mark(plot: uPlot, ms: number, stroke: string, dash: number[]): void {
  const x = Math.round(plot.valToPos(ms / 1000, "x", true));
  const { left, top, width, height } = plot.bbox;
  if (x < left || x > left + width) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = stroke;
  plot.ctx.lineWidth = devicePixelRatio;
  plot.ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  plot.ctx.beginPath();
  plot.ctx.moveTo(x, top);
  plot.ctx.lineTo(x, top + height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** The chosen window as a band behind the lines. */
function band(plot: uPlot, from: number, to: number, fill: string): void {
  const left = plot.valToPos(from / 1000, "x", true);
  const right = plot.valToPos(to / 1000, "x", true);
  plot.ctx.save();
  plot.ctx.fillStyle = fill;
  plot.ctx.fillRect(left - 1, plot.bbox.top, Math.max(right - left, 2) + 2, plot.bbox.height);
  plot.ctx.restore();
}

function hooks(props: LinesProps): uPlot.Hooks.Arrays {
  return {
    drawClear: [
      (plot) => {
        if (props.at !== null) band(plot, props.at, props.at + props.windowMs, color("--select-soft"));
      },
    ],
    draw: [
      (plot) => {
        for (const change of props.changes) mark(plot, change, color("--muted"), [2, 3]);
        if (props.onset !== null) mark(plot, props.onset, color("--onset"), [6, 3]);
      },
    ],
  };
}

function axis(show?: (value: number) => string): uPlot.Axis {
  const base: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
    size: show ? 48 : 24,
  };
  return show ? { ...base, values: (_, values) => values.map(show) } : { ...base, space: 70 };
}

const OTHER_COLORS = ["--other-0", "--other-1", "--other-2", "--other-3"];

function series(props: LinesProps): uPlot.Series[] {
  const show = (_: uPlot, value: number | null): string => (value === null ? "–" : props.show(value));
  return [
    { label: "window start" },
    { label: props.value.name, stroke: color("--line-value"), width: 1.6, spanGaps: false, value: show, points: { size: 4 } },
    { label: "threshold", stroke: color("--limit"), width: 1, dash: [5, 4], spanGaps: false, value: show, points: { show: false } },
    {
      label: "past threshold",
      stroke: color("--hot-1-fill"),
      width: 0,
      paths: () => null,
      value: show,
      points: { show: true, size: 5, fill: color("--hot-1-fill"), width: 0 },
    },
    ...props.others.map((other, index): uPlot.Series => {
      const stroke = color(OTHER_COLORS[index % OTHER_COLORS.length] ?? "--muted");
      return { label: other.name, stroke, width: 1.2, spanGaps: false, value: show, points: { size: 4 } };
    }),
  ];
}

function data(props: LinesProps): uPlot.AlignedData {
  const breaches = props.value.values.map((value, index) => (props.status[index] === 2 ? value : null));
  const x = props.starts.map((start) => start / 1000);
  return [x, [...props.value.values], [...props.threshold], breaches, ...props.others.map((other) => [...other.values])];
}

function draw(host: HTMLElement, props: LinesProps): uPlot {
  const options: uPlot.Options = {
    width: host.clientWidth,
    height: HEIGHT,
    hooks: hooks(props),
    series: series(props),
    axes: [axis(), axis(props.show)],
    scales: { y: { range: (_, low, high) => [Math.min(0, low), (high || 1) * 1.06] } },
    legend: { show: true, live: true },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
  };
  return new uPlot(options, data(props), host);
}

export default function Lines(props: LinesProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const plot = draw(element, props);
    const pick = (): void => {
      const start = props.starts[plot.cursor.idx ?? -1];
      if (start !== undefined) props.onPick(start);
    };
    plot.over.addEventListener("click", pick);
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [props.starts, props.value.values, props.others, props.at, props.onset, props.shade]);
  return <div class="lines" ref={host} />;
}
