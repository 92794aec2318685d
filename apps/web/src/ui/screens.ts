/**
 * @file The two screens in the browser's history: the tool has an entry of its own, so that Back leads to the first
 * screen and Forward to the tool again. Photos are in memory only: after a reload the first screen is shown.
 */
import { effect, type ReadonlySignal, type Signal } from "@preact/signals";

export type Screen = "start" | "tool";

/** State of an entry of the history. */
interface Entry {
  readonly screen: Screen;
  /** Entries between this one and the first screen. */
  readonly ahead: number;
}

/** `?` and `#` stay as they are. */
const mark = (entry: Entry) => history.replaceState(entry, "");

/** Keeps screen and history alike. Returns its end. */
export function followHistory(screen: Signal<Screen>, selected: ReadonlySignal<number | null>): () => void {
  let entry = (history.state as Entry | null) ?? { screen: "start", ahead: 0 };
  mark(entry);
  const stop = effect(() => {
    if (screen.value === entry.screen) return;
    if (screen.value === "tool") {
      entry = { screen: "tool", ahead: 1 };
      history.pushState(entry, "");
    } else history.go(-entry.ahead);
  });
  const arrive = ({ state }: PopStateEvent) => {
    // An entry without a state was made by another fragment in the address bar.
    entry = (state as Entry | null) ?? { screen: screen.peek(), ahead: entry.ahead + 1 };
    mark(entry);
    screen.value = entry.screen === "tool" && selected.peek() !== null ? "tool" : "start";
  };
  addEventListener("popstate", arrive);
  return () => {
    stop();
    removeEventListener("popstate", arrive);
  };
}
