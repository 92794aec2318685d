/** @file Calls of one restorer that come at once: its sessions and their memory serve one restoration at a time. */
import { UnblurError } from "../base/errors.js";
import { Turns } from "../base/turns.js";
import type { Restorer } from "./restorer.js";

/** Restorations run in the order of the calls, and a release comes after those before it. `restorer` is used by this one alone. */
export function oneAtATime(restorer: Omit<Restorer, "inTurn">): Restorer {
  const turns = new Turns();
  let released: Promise<void> | null = null;
  const inTurn: Restorer["inTurn"] = async (work, signal) => {
    if (released)
      throw new UnblurError("argument", `restore: model "${restorer.name}" has been released; open it again`);
    return turns.take("restore", () => work(restorer), signal);
  };
  return {
    ...restorer,
    inTurn,
    restore: (photo, options = {}) => inTurn((open) => open.restore(photo, options), options.signal),
    release() {
      released ??= turns.take("release", () => restorer.release());
      return released;
    },
  };
}
