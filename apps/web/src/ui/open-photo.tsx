/** @file Opens a photo that is dropped, pasted, chosen or taken, or the example. */
import type { Ref } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "./session.js";

const first = (files: FileList | null | undefined): File | undefined => files?.[0];

export function OpenPhoto({ session, small }: { readonly session: Session; readonly small: boolean }) {
  const picker = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const open = (file: File | undefined) => {
    if (file) void session.openPhoto(file, file.name || "photo.png");
  };
  // Accept drops anywhere: a browser leaves the page when a file is dropped beside a drop area.
  useEffect(() => {
    const handlers = {
      paste: (event: ClipboardEvent) => open(first(event.clipboardData?.files)),
      dragover(event: DragEvent) {
        event.preventDefault();
        setOver(true);
      },
      dragleave: () => setOver(false),
      drop(event: DragEvent) {
        event.preventDefault();
        setOver(false);
        const file = first(event.dataTransfer?.files);
        if (file && /\.(zip|onnx)$/i.test(file.name)) void session.openModel(file);
        else open(file);
      },
    };
    const entries = Object.entries(handlers) as [string, EventListener][];
    for (const [name, handler] of entries) document.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of entries) document.removeEventListener(name, handler);
    };
  }, []);
  return (
    <section aria-label="Open a photo" class={`open ${small ? "small" : ""} ${over ? "over" : ""}`}>
      {small ? null : <p class="invite">Drop or paste a blurry photo here</p>}
      <div class="buttons">
        <button type="button" class="primary" onClick={() => picker.current?.click()}>
          {small ? "Another photo" : "Choose a photo"}
        </button>
        {small ? null : (
          <button type="button" onClick={() => void session.openExample()}>
            Try the example
          </button>
        )}
        <button type="button" class="camera" onClick={() => camera.current?.click()}>
          Take a photo
        </button>
      </div>
      <FileInput element={picker} label="Photo file" onFile={open} />
      <FileInput element={camera} label="Photo of the camera" capture onFile={open} />
    </section>
  );
}

interface FileInputProps {
  readonly element: Ref<HTMLInputElement>;
  readonly label: string;
  /** Opens the camera, on devices that have one. */
  readonly capture?: boolean;
  onFile(file: File | undefined): void;
}

const FileInput = ({ element, label, capture = false, onFile }: FileInputProps) => (
  <input
    ref={element}
    type="file"
    accept="image/*,.heic,.heif"
    {...(capture ? { capture: "environment" } : {})}
    hidden
    aria-label={label}
    onChange={({ currentTarget }) => {
      onFile(first(currentTarget.files));
      currentTarget.value = ""; // so that the same file can be chosen again
    }}
  />
);
