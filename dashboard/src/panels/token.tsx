import { useEffect, useRef } from "preact/hooks";
import { tokenRefused, tokenWanted, giveToken } from "../state/connection.ts";

/** Asked for when the server wants a token; kept for this tab only. */
export function TokenPrompt() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const wanted = tokenWanted.value;
  useEffect(() => {
    if (wanted) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wanted]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token !== "") giveToken(token);
  };
  return (
    <dialog class="token" ref={dialog} aria-label="Token" onCancel={(event) => event.preventDefault()}>
      <form onSubmit={submit}>
        <h2>This server asks for a token</h2>
        {tokenRefused.value ? (
          <p class="warn" role="alert">
            The server refused that token.
          </p>
        ) : null}
        <label>
          Token
          <input ref={field} type="password" name="token" autocomplete="off" spellcheck={false} required />
        </label>
        <p class="quiet">
          Made with <code>seamark token create</code>. It stays in this tab and is forgotten with it.
        </p>
        <button class="primary">Use token</button>
      </form>
    </dialog>
  );
}
