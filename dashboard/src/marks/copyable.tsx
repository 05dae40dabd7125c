import { useSignal } from "@preact/signals";

const SHOWN_MS = 1500;

/** Code with a button that copies it. */
export function Copyable({ code, language }: { readonly code: string; readonly language: string }) {
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, SHOWN_MS);
  };
  return (
    <figure class="code">
      <figcaption>
        {language}
        <button type="button" class="plain" onClick={() => void copy()}>
          {copied.value ? "Copied" : "Copy"}
        </button>
      </figcaption>
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
