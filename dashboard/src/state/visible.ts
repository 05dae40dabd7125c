/** Which rows are in sight, wherever the scrolling happens: in the panel or on the page. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Rows drawn beyond the edges, so that scrolling does not uncover blanks. */
const MARGIN_PX = 240;

export interface Sight {
  readonly from: number;
  readonly to: number;
}

export const sight = signal<Sight>({ from: 0, to: 1200 });

/** Watches an element's place in the viewport; steps of half the margin keep re-rendering rare. */
export function useSight(host: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const look = (): void => {
      const top = host.current?.getBoundingClientRect().top ?? 0;
      const coarse = Math.floor(-top / (MARGIN_PX / 2)) * (MARGIN_PX / 2);
      const next = { from: coarse - MARGIN_PX, to: coarse + window.innerHeight + 1.5 * MARGIN_PX };
      if (next.from !== sight.peek().from || next.to !== sight.peek().to) sight.value = next;
    };
    look();
    // Others above it may still be growing.
    const later = requestAnimationFrame(look);
    document.addEventListener("scroll", look, { capture: true, passive: true });
    window.addEventListener("resize", look);
    return () => {
      cancelAnimationFrame(later);
      document.removeEventListener("scroll", look, { capture: true });
      window.removeEventListener("resize", look);
    };
  }, []);
}
