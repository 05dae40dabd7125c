import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Skeleton } from "./notices.tsx";

/** A component whose code arrives when it is first shown, not with the page; null until then. */
export function useLater<Props>(load: () => Promise<{ readonly default: ComponentType<Props> }>): ComponentType<Props> | null {
  const loaded = useSignal<ComponentType<Props> | null>(null);
  useEffect(() => {
    void load().then((module) => {
      loaded.value = module.default;
    });
  }, []);
  return loaded.value;
}

/** A part of the page that is fetched when it is first looked at. */
export function Later({ load }: { readonly load: () => Promise<{ readonly default: ComponentType<object> }> }) {
  const Part = useLater(load);
  return Part === null ? <Skeleton lines={6} /> : <Part />;
}
