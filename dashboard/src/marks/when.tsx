import { instant, utc, zone } from "../format/time.ts";
import { now } from "../state/connection.ts";

/** An instant in the reader's zone; UTC on hover. */
export function When({ ms }: { readonly ms: number | null }) {
  if (ms === null) return <span class="quiet">–</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${utc(ms)} (shown in ${zone()})`}>
      {instant(ms, now.peek())}
    </time>
  );
}
