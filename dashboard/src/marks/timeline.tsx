import { Fragment } from "preact";
import type { Answer, Incident } from "../api/incidents.ts";
import { ago, duration } from "../format/time.ts";
import { ANSWER_WORDS, LAYER_NAMES, plural } from "../format/words.ts";
import { When } from "./when.tsx";
import { now } from "../state/connection.ts";

/** Who said it, when and why. */
export function Words({ answer }: { readonly answer: Answer }) {
  return (
    <>
      <b>{ANSWER_WORDS[answer.answer].done}</b>{" "}
      <span class="quiet">
        {answer.by === "" ? "" : `${answer.by}, `}
        <When ms={answer.at_ms} />
      </span>
      {answer.comment === "" ? null : <span class="comment"> “{answer.comment}”</span>}
    </>
  );
}

/** Answers that were given at once are one line; their labels are counted. */
function together(answers: readonly Answer[]): { readonly first: Answer; readonly labels: string[] }[] {
  const found = new Map<string, { readonly first: Answer; readonly labels: string[] }>();
  for (const answer of answers) {
    const key = `${answer.at_ms} ${answer.answer} ${answer.by}`;
    const group = found.get(key) ?? { first: answer, labels: [] };
    group.labels.push(answer.label);
    found.set(key, group);
  }
  return [...found.values()];
}

/** When it began, was noticed, what people said, and when it ended. */
export function Timeline({ shown }: { readonly shown: Incident }) {
  const onset = shown.onset_ms;
  const delay = onset === null ? null : shown.opened_ms - onset;
  return (
    <dl class="timeline">
      <dt>Onset</dt>
      <dd>
        <When ms={onset} /> {onset === null ? null : <span class="quiet">{ago(onset, now.value)}</span>}
      </dd>
      <dt>Opened</dt>
      <dd>
        <When ms={shown.opened_ms} /> {delay === null ? null : <span class="quiet">{duration(delay)} after the onset</span>}
      </dd>
      {together(shown.answers).map(({ first, labels }) => (
        <Fragment key={first.at_ms}>
          <dt>Answer</dt>
          <dd class="answer">
            <Words answer={first} /> <span class="quiet">on {labels.length > 2 ? plural(labels.length, "alert") : labels.join(", ")}</span>
          </dd>
        </Fragment>
      ))}
      {shown.resolved_ms === null ? null : (
        <>
          <dt>Resolved</dt>
          <dd>
            <When ms={shown.resolved_ms} />
            {shown.ended === "" ? <span class="quiet"> by itself</span> : null}
          </dd>
        </>
      )}
      <dt>Layers</dt>
      <dd>{shown.layers.map((layer) => LAYER_NAMES[layer]).join(", ")}</dd>
    </dl>
  );
}
