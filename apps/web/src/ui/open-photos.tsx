/** @file Buttons that open photos, and what the page does with dropped and pasted files. */
import { useEffect, useRef, useState } from "preact/hooks";
import { filesOf, openFiles } from "./given-files.js";
import type { Session } from "./session.js";

/** Accepts drops anywhere: a browser leaves the page when a file is dropped beside a drop area. */
export function useGivenFiles(session: Session): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const handlers = {
      async paste(event: ClipboardEvent) {
        openFiles(session, await filesOf(event.clipboardData));
      },
      dragover(event: DragEvent) {
        event.preventDefault();
        setOver(true);
      },
      dragleave(event: DragEvent) {
        if (!event.relatedTarget) setOver(false);
      },
      async drop(event: DragEvent) {
        event.preventDefault();
        setOver(false);
        openFiles(session, await filesOf(event.dataTransfer));
      },
    };
    const entries = Object.entries(handlers) as unknown as [string, EventListener][];
    for (const [name, handler] of entries) document.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of entries) document.removeEventListener(name, handler);
    };
  }, [session]);
  return over;
}

type Way = "photos" | "folder" | "camera";

interface OpenButtonsProps {
  readonly session: Session;
  /** Larger, as the main button of the first screen. */
  readonly large?: boolean;
}

export function OpenButtons({ session, large = false }: OpenButtonsProps) {
  const inputs = {
    photos: useRef<HTMLInputElement>(null),
    folder: useRef<HTMLInputElement>(null),
    camera: useRef<HTMLInputElement>(null),
  };
  const choose = (way: Way) => () => inputs[way].current?.click();
  const input = (way: Way, label: string, more: object) => (
    <input
      {...more}
      ref={inputs[way]}
      type="file"
      hidden
      aria-label={label}
      onChange={({ currentTarget }) => {
        openFiles(session, [...(currentTarget.files ?? [])]);
        currentTarget.value = ""; // so that the same file can be chosen again
      }}
    />
  );
  return (
    <>
      <button
        type="button"
        class={large ? (session.selected.value !== null ? "large" : "primary large") : ""}
        onClick={choose("photos")}
      >
        {large ? "Choose photos" : "Add photos"}
      </button>
      <button type="button" class={`folder ${large ? "large" : ""}`} onClick={choose("folder")}>
        {large ? "Choose a folder" : "Add a folder"}
      </button>
      <button type="button" class={`camera ${large ? "large" : ""}`} onClick={choose("camera")}>
        Take a photo
      </button>
      {input("photos", "Photo files", { accept: "image/*,.heic,.heif", multiple: true })}
      {input("folder", "Folder of photos", { webkitdirectory: true })}
      {input("camera", "Photo of the camera", { accept: "image/*", capture: "environment" })}
    </>
  );
}
