/** The cells of the grid as they travel: a row in base64, looked into when it is drawn. */

export type Column = readonly (number | null)[];

/** Rows of cells, by position; undefined where there is none. */
export interface Rows {
  at(index: number): Column | undefined;
}

const NOT_EVALUATED = 255;

/** Which numbers the bytes of a row are. */
export type Spelling = "floats" | "status";

function bytesOf(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function floats(text: string): Column {
  const view = new DataView(bytesOf(text).buffer);
  return Array.from({ length: view.byteLength / 4 }, (_, at) => {
    const value = view.getFloat32(4 * at, true);
    return Number.isNaN(value) ? null : value;
  });
}

function statuses(text: string): Column {
  return Array.from(bytesOf(text), (status) => (status === NOT_EVALUATED ? null : status));
}

/** Decodes a row the first time somebody looks at it: of hundreds only a screenful ever is. */
export class PackedRows implements Rows {
  readonly #texts: readonly string[];
  readonly #decode: (text: string) => Column;
  readonly #known: Column[] = [];

  constructor(texts: readonly string[], spelling: Spelling) {
    this.#texts = texts;
    this.#decode = spelling === "floats" ? floats : statuses;
  }

  at(index: number): Column | undefined {
    const text = this.#texts[index];
    if (text === undefined) return undefined;
    return (this.#known[index] ??= this.#decode(text));
  }
}
