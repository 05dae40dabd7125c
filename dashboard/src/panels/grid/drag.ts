/** Drawing a stretch of time with the mouse, in the grid and on its axis. Fingers scroll instead. */

import { computed, signal } from "@preact/signals";
import { soon } from "../../state/journey.ts";
import { zoomTo } from "../../state/zoom.ts";
import { layout, timelineWidth } from "./layout.ts";

/** Fewer pixels than this are a click. */
const LEAST_PIXELS = 5;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Pixels in the windows, as drawn so far. */
const drawn = signal<Stretch | null>(null);
export const stretch = computed(() => {
  const now = drawn.value;
  return now === null || Math.abs(now.to - now.from) < LEAST_PIXELS ? null : now;
});

function timeAt(x: number): number | null {
  const at = layout.peek();
  return at === null ? null : at.from + (x / timelineWidth.peek()) * (at.to - at.from);
}

/** Begins at `event`; `left` is the viewport's x of the first window. The click that ends a drag is no click. */
export function beginDrag(event: PointerEvent, left: number): void {
  const width = timelineWidth.peek();
  const inside = (x: number): number => Math.min(Math.max(x - left, 0), width);
  if (event.button !== 0 || event.pointerType === "touch" || event.clientX < left) return;
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    drawn.value = null;
  };
  const begun = inside(event.clientX);
  const on = { signal: stop.signal };
  window.addEventListener("pointermove", (moved) => (drawn.value = { from: begun, to: inside(moved.clientX) }), on);
  window.addEventListener("keydown", (pressed) => (pressed.key === "Escape" ? end() : undefined), on);
  window.addEventListener(
    "pointerup",
    () => {
      const chosen = stretch.peek();
      end();
      if (chosen === null) return;
      window.addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true });
      // Released outside the window there is no click to swallow.
      setTimeout(() => window.dispatchEvent(new Event("click")));
      const [from, to] = [timeAt(chosen.from), timeAt(chosen.to)];
      if (from !== null && to !== null) soon(() => zoomTo(from, to));
    },
    on,
  );
  window.addEventListener("pointercancel", end, on);
}
