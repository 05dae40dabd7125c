/** Instants inside sentences. */

const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)/;

/** A sentence cut at its instants, which become epoch milliseconds. */
export function pieces(text: string): (string | number)[] {
  return text
    .split(INSTANT)
    .filter((piece) => piece !== "")
    .map((piece) => (INSTANT.test(piece) ? Date.parse(piece) : piece));
}
