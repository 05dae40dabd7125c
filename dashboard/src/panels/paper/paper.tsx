import type { ComponentChildren } from "preact";
import type { Place } from "../../state/codec.ts";
import { go } from "../../state/place.ts";

/** A page to read from top to bottom, or to print; the bar is not printed. */
export function Paper({ title, back, children }: {
  readonly title: string;
  readonly back: Partial<Place>;
  readonly children: ComponentChildren;
}) {
  return (
    <main class="alone" aria-label={title}>
      <div class="paper-bar">
        <button type="button" class="plain" onClick={() => go(back)}>
          ‹ Back to the screen
        </button>
        <button type="button" class="primary" onClick={() => window.print()}>
          Print, or save as PDF
        </button>
      </div>
      <article class="paper">{children}</article>
    </main>
  );
}
