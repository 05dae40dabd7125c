import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Alert, AnswerKind, Answerable, Incident } from "../../api/incidents.ts";
import { ANSWER_WORDS, plural } from "../../format/words.ts";
import { Words } from "../../marks/timeline.tsx";
import { answerable, draft, forget, isBurning, say, saidOf, sayAgain, underway, type Said } from "../../state/answering.ts";

const OF_ALERT: readonly AnswerKind[] = ["accept", "expected", "dismiss"];
const OF_INCIDENT: readonly AnswerKind[] = ["resolve", "accept", "expected", "dismiss"];
/** Thresholds of machines and services are told, not learned: they know no new normal. */
function sayable(alerts: readonly Alert[], kinds: readonly AnswerKind[]): readonly AnswerKind[] {
  return alerts.every(({ component }) => component) ? kinds.filter((kind) => kind !== "accept") : kinds;
}
/** What ended by itself can still be explained. */
const IN_HINDSIGHT: readonly AnswerKind[] = ["expected", "dismiss"];
const MOST_CHARS = 2000;

function isOpen(of: Answerable): boolean {
  return draft.value?.of.id === of.id;
}

function Buttons({ of, kinds, label }: {
  readonly of: Answerable;
  readonly kinds: readonly AnswerKind[];
  readonly label: string;
}) {
  return (
    <div class="answer-buttons" role="group" aria-label={label} data-answers={of.id}>
      {kinds.map((kind) => (
        <button
          key={kind}
          type="button"
          class="toggle"
          title={ANSWER_WORDS[kind].meaning}
          aria-pressed={isOpen(of) && draft.value?.answer === kind}
          onClick={() => {
            draft.value = { of, answer: kind };
          }}
        >
          {ANSWER_WORDS[kind].name}
        </button>
      ))}
    </div>
  );
}

/** What the chosen answer means, why it is given, and the button that gives it. Esc takes it back. */
function Form({ of, about }: { readonly of: Answerable; readonly about: string }) {
  const field = useRef<HTMLInputElement>(null);
  const open = draft.value;
  const shown = open !== null && isOpen(of) ? open : null;
  useLayoutEffect(() => field.current?.focus(), [shown?.answer]);
  if (shown === null) return null;
  const cancel = (): void => {
    document.querySelector<HTMLElement>(`[data-answers="${CSS.escape(of.id)}"] [aria-pressed="true"]`)?.focus();
    draft.value = null;
  };
  const words = ANSWER_WORDS[shown.answer];
  return (
    <form
      class="answer-form"
      aria-label={`${words.name}: ${about}`}
      onSubmit={(event) => {
        event.preventDefault();
        say(field.current?.value ?? "");
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        cancel();
      }}
    >
      <p>
        <b>{words.name}</b>, {about}. {words.meaning}
      </p>
      <input ref={field} name="comment" maxLength={MOST_CHARS} autocomplete="off" aria-label="Comment" placeholder="Why? (may be left out)" />
      <span class="answer-buttons">
        <button class="primary">Confirm</button>
        <button type="button" class="plain" onClick={cancel}>
          Cancel
        </button>
      </span>
    </form>
  );
}

/** What is on its way: never shown as done before the server shows it. */
function OnItsWay({ said }: { readonly said: Said }) {
  const { name } = ANSWER_WORDS[said.answer];
  if (said.phase === "refused") {
    return (
      <p class="said warn" role="alert">
        “{name}” was not taken. {said.message}{" "}
        <button type="button" class="link" onClick={() => sayAgain(said)}>
          Try again
        </button>{" "}
        <button type="button" class="link" onClick={() => forget(said)}>
          Leave it
        </button>
      </p>
    );
  }
  return (
    <p class="said" role="status">
      <b>{name}</b> <span class="quiet">{said.phase === "sending" ? "sending…" : "recorded; takes effect within seconds"}</span>
    </p>
  );
}

function Answered({ alert }: { readonly alert: Alert }) {
  const changing = useSignal(false);
  if (alert.answer === null) return null;
  const kinds = alert.state === "resolved" ? IN_HINDSIGHT : OF_ALERT;
  const of: Answerable = { kind: "alerts", id: alert.id };
  return (
    <>
      <p class="said">
        <Words answer={alert.answer} />{" "}
        <button
          type="button"
          class="link change"
          aria-expanded={changing.value}
          aria-label={`Change the answer to ${alert.label}`}
          onClick={() => {
            changing.value = !changing.value;
          }}
        >
          Change
        </button>
      </p>
      {changing.value ? <Buttons of={of} kinds={kinds} label={`Change the answer to ${alert.label}`} /> : null}
      {changing.value ? <Form of={of} about={alert.label} /> : null}
    </>
  );
}

/** What a reader can say, or has said, about one alert. */
export function AlertAnswer({ alert }: { readonly alert: Alert }) {
  const said = saidOf.value.get(alert.id);
  if (said !== undefined) return said.of.kind === "alerts" || said.phase !== "refused" ? <OnItsWay said={said} /> : null;
  if (alert.answer !== null) return <Answered key={alert.answer.at_ms} alert={alert} />;
  const of: Answerable = { kind: "alerts", id: alert.id };
  const kinds = sayable([alert], isBurning(alert) ? OF_ALERT : IN_HINDSIGHT);
  return (
    <>
      <Buttons of={of} kinds={kinds} label={`What was ${alert.label}?`} />
      <Form of={of} about={alert.label} />
    </>
  );
}

/** The same for all open alerts of the incident at once. */
export function IncidentAnswer({ shown }: { readonly shown: Incident }) {
  const alerts = answerable(shown);
  const open = alerts.filter(isBurning);
  const refused = underway.value.find((said) => said.of.id === shown.id && said.phase === "refused");
  const waiting = underway.value.some((said) => said.of.id === shown.id && said.phase !== "refused");
  const unexplained = alerts.some((alert) => alert.answer === null);
  if (refused !== undefined) return <OnItsWay said={refused} />;
  if (alerts.length === 0 || waiting || (open.length === 0 && !unexplained)) return null;
  const of: Answerable = { kind: "incidents", id: shown.id };
  const about = open.length > 0 ? plural(open.length, "open alert") : `all ${plural(alerts.length, "alert")}`;
  return (
    <section class="incident-answer" aria-label="Answer">
      <p class="quiet">What was it? Of {about} at once:</p>
      <Buttons of={of} kinds={sayable(open, open.length > 0 ? OF_INCIDENT : IN_HINDSIGHT)} label={`What was it? ${about}`} />
      <Form of={of} about={about} />
    </section>
  );
}
