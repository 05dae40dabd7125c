import type { Incident } from "../../api/incidents.ts";
import { plural } from "../../format/words.ts";
import { When } from "../../marks/when.tsx";
import { acknowledge, silence, told } from "../../state/telling.ts";

const LENGTHS: readonly (readonly [string, number])[] = [
  ["2 hours", 7200],
  ["a day", 86_400],
  ["a week", 604_800],
];

/** Who was told what, or why not yet. */
function Deliveries({ of }: { readonly of: Incident }) {
  const deliveries = of.deliveries ?? [];
  if (deliveries.length === 0) return null;
  return (
    <details>
      <summary>{plural(deliveries.length, "message")}</summary>
      <ul class="played">
        {deliveries.map((one) => (
          <li key={`${one.receiver} ${one.revision}`}>
            {one.receiver}: {one.reason}, {one.state} <span class="quiet">{one.note}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Who is at it, and how to be told less. */
export function Telling({ of }: { readonly of: Incident }) {
  const by = of.acknowledged ?? null;
  const said = told.value?.incident === of.id ? told.value : null;
  return (
    <section class="telling" aria-label="Being told">
      {by === null ? null : (
        <p class="said">
          <b>{by.by === "" ? "Somebody" : by.by} is at it</b>{" "}
          <span class="quiet">
            since <When ms={by.at_ms} />
          </span>
        </p>
      )}
      {of.state !== "open" ? null : (
        <div class="answer-buttons">
          {by !== null ? null : (
            <button type="button" class="toggle" title="Reminders end, and others see that somebody is at it" onClick={() => acknowledge(of.id)}>
              I am at it
            </button>
          )}
          {of.model === ""
            ? null
            : LENGTHS.map(([words, seconds]) => (
                <button
                  key={words}
                  type="button"
                  class="toggle"
                  title={`Tell nobody about incidents of ${of.model} for ${words}`}
                  onClick={() => silence(of.id, of.model, seconds, words)}
                >
                  Silence for {words}
                </button>
              ))}
        </div>
      )}
      {said === null || (by !== null && !said.refused && said.words.startsWith("Recorded")) ? null : (
        <p class={`said ${said.refused ? "warn" : ""}`} role={said.refused ? "alert" : "status"}>
          {said.words}
        </p>
      )}
      <Deliveries of={of} />
    </section>
  );
}
