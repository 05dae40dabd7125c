/** The server's event stream, read with fetch because EventSource cannot carry a bearer token. */

import { address, failureOf, headers, unreachable } from "./request.ts";

export interface ServerEvent {
  readonly kind: string;
  readonly data: string;
}

/** Splits what has arrived so far into whole events and the unfinished rest. Comments are dropped. */
export function parseEvents(text: string): { events: ServerEvent[]; rest: string } {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const events: ServerEvent[] = [];
  for (const block of blocks) {
    let kind = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) kind = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trim());
    }
    if (data.length > 0) events.push({ kind, data: data.join("\n") });
  }
  return { events, rest };
}

/** Yields `open` once connected, then every event, until the server ends the stream or it is aborted. */
export async function* follow(signal: AbortSignal): AsyncGenerator<ServerEvent> {
  let response: Response;
  try {
    response = await fetch(address("v1/events"), { headers: headers("text/event-stream"), signal });
  } catch (error) {
    throw signal.aborted ? error : unreachable();
  }
  if (!response.ok || response.body === null) throw await failureOf(response);
  yield { kind: "open", data: "" };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw signal.aborted ? error : unreachable();
    });
    if (done) return;
    const parsed = parseEvents(pending + value);
    pending = parsed.rest;
    yield* parsed.events;
  }
}
