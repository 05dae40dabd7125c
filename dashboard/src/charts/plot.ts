/** What the charts over time share: their colours, axes and marks. Arrives with the first of them, not with the page. */

import type uPlot from "uplot";
import { ticks } from "../format/time.ts";

export const HEIGHT = 180;
const TICK_PIXELS = 84;

export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** A vertical line across the plot at an instant. */
export function mark(plot: uPlot, ms: number, stroke: string, dash: number[]): void {
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

/** Time below, values on the left; what lies below `least` is not theirs. */
export function axes(show: (value: number) => string, least = -Infinity): uPlot.Axis[] {
  const base: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  const marks = (from: number, to: number, width: number) => ticks(from * 1000, to * 1000, width / TICK_PIXELS);
  return [
    {
      ...base,
      size: 22,
      splits: (plot, _, from, to) => marks(from, to, plot.width).map((tick) => tick.at / 1000),
      values: (plot) => {
        const { min, max } = plot.scales["x"] ?? {};
        return marks(min ?? 0, max ?? 0, plot.width).map((tick) => tick.text);
      },
    },
    {
      ...base,
      size: 46,
      filter: (_, values) => values.map((value) => (value < least ? null : value)),
      values: (_, values) => values.map((value: number | null) => (value === null ? "" : show(value))),
    },
  ];
}

/** Drawing over a chart chooses that time; the click that ends it is no click on a window. */
export function choosing(onZoom: (from: number, to: number) => void): {
  readonly cursor: uPlot.Cursor;
  readonly chosen: (plot: uPlot) => void;
  readonly wasClick: () => boolean;
} {
  let dragged = false;
  return {
    cursor: { drag: { x: true, y: false, setScale: false, dist: 5 }, points: { size: 6 } },
    chosen: (plot) => {
      const { left, width } = plot.select;
      if (width < 5) return;
      dragged = true;
      const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      onZoom(1000 * from, 1000 * to);
    },
    wasClick: () => {
      const click = !dragged;
      dragged = false;
      return click;
    },
  };
}
