import type { ComponentChild } from "preact";
import { pieces } from "../format/prose.ts";
import { When } from "./when.tsx";

/** The server's sentences: instants in the reader's zone, and names that may break where their parts meet. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <>
      {pieces(text).map((piece): ComponentChild => {
        if (typeof piece === "number") return <When ms={piece} />;
        return piece.split(/(?<=[_/.])(?=\w)/).flatMap((part, index) => (index === 0 ? [part] : [<wbr />, part]));
      })}
    </>
  );
}
