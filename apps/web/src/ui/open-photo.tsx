/** @file Where a photo comes from: dropped, pasted, picked, taken, or the example. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "./session.js";

const first = (files: FileList | null | undefined): File | undefined => files?.[0];

export function OpenPhoto({ session, small }: { readonly session: Session; readonly small: boolean }) {
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const open = (file: File | undefined) => {
    if (file) void session.openPhoto(file, file.name || "photo.png");
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => open(first(event.clipboardData?.files));
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);
  const example = async () => {
    const response = await fetch("./example.jpg");
    await session.openPhoto(await response.blob(), "example.jpg");
  };
  return (
    <section
      aria-label="Open a photo"
      class={`open ${small ? "small" : ""} ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        open(first(event.dataTransfer?.files));
      }}
    >
      {small ? null : <p class="invite">Drop or paste a blurry photo here</p>}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => picker.current?.click()}>
          {small ? "Another photo" : "Choose a photo"}
        </button>
        {small ? null : (
          <button type="button" onClick={() => void example()}>
            Try the example
          </button>
        )}
      </div>
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        aria-label="Photo file"
        onChange={({ currentTarget }) => {
          open(first(currentTarget.files));
          currentTarget.value = "";
        }}
      />
    </section>
  );
}
