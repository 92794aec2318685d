/** @file What was removed last, with a button that brings it back; it goes away by itself. */
import { useEffect, useState } from "preact/hooks";
import type { Session } from "./session.js";

/** Time to press Undo; it does not pass while pointer or focus are on the message. */
const UNDO_MS = 20_000;

export function Removal({ session }: { readonly session: Session }) {
  const removed = session.list.removed.value;
  const [held, setHeld] = useState(false);
  const hold = (on: boolean) => () => setHeld(on);
  const [only] = removed;
  useEffect(() => {
    if (removed.length === 0 || held) return;
    const timer = setTimeout(session.list.forget, UNDO_MS);
    return () => clearTimeout(timer);
  }, [removed, held, session]);
  return (
    <div
      class="removal"
      onPointerEnter={hold(true)}
      onPointerLeave={hold(false)}
      onFocusIn={hold(true)}
      onFocusOut={hold(false)}
    >
      <span role="status">
        {only ? `Removed ${removed.length === 1 ? only.item.name : `${removed.length} photos`}.` : ""}
      </span>
      {only ? (
        <button
          type="button"
          onClick={() => {
            setHeld(false);
            void session.undoRemoval();
          }}
        >
          Undo
        </button>
      ) : null}
    </div>
  );
}
