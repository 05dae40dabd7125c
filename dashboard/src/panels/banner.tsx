import { ago } from "../format/time.ts";
import { askAgain, lastSeen, link, now, retryAt, retryNow } from "../state/connection.ts";

/** Says that the server is away, how old the shown data are, and when the next attempt comes. */
export function Banner() {
  if (link.value !== "lost") return null;
  const seconds = retryAt.value === null ? null : Math.max(0, Math.ceil((retryAt.value - now.value) / 1000));
  return (
    <div class="banner" role="alert">
      <strong>Seamark does not answer.</strong>
      <span>
        {lastSeen.value === null ? "Nothing has been read yet." : `What you see was read ${ago(lastSeen.value, now.value)}.`}
      </span>
      <span>{seconds === null || seconds === 0 ? "Trying again …" : `Trying again in ${seconds} s.`}</span>
      <button
        type="button"
        class="plain"
        onClick={() => {
          askAgain();
          retryNow();
        }}
      >
        Try now
      </button>
    </div>
  );
}
