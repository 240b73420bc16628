/** Hooks that tie the views to the address and to the report. */

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useState } from "preact/hooks";
import { type Place, read, write } from "./address";
import type { Report } from "./report";

export const ReportContext = createContext<Report>(null as unknown as Report);

export function useReport(): Report {
  return useContext(ReportContext);
}

export type Go = (change: Partial<Place>, how?: "push" | "replace") => void;

/** The current place and how to change it: `push` for what Back should undo, `replace` for typing. */
export function usePlace(): [Place, Go] {
  const [place, setPlace] = useState(() => read(location.hash));
  useEffect(() => {
    const follow = () => setPlace(read(location.hash));
    addEventListener("hashchange", follow);
    addEventListener("popstate", follow);
    return () => {
      removeEventListener("hashchange", follow);
      removeEventListener("popstate", follow);
    };
  }, []);
  const go = useCallback<Go>((change, how = "push") => {
    const next = { ...read(location.hash), ...change };
    history[how === "push" ? "pushState" : "replaceState"](null, "", write(next));
    setPlace(next);
  }, []);
  return [place, go];
}

/** Whether the page is being printed: then a table shows its rows at once instead of a window of them. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}
