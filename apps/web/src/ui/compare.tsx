/** @file Photo and restoration on top of one another, with a line to move between them; both are enlarged and moved together. */
import { useRef, useState } from "preact/hooks";
import { Bitmap } from "./bitmap.js";

const MOST_ZOOM = 8;

export function Compare({ before, after }: { readonly before: ImageBitmap; readonly after: ImageBitmap | null }) {
  const [split, setSplit] = useState(50);
  const [view, setView] = useState({ zoom: 1, x: 0, y: 0 });
  const dragged = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const zoomBy = (factor: number) =>
    setView(({ zoom, x, y }) => {
      const next = Math.min(MOST_ZOOM, Math.max(1, zoom * factor));
      return next === 1 ? { zoom: 1, x: 0, y: 0 } : { zoom: next, x: (x * next) / zoom, y: (y * next) / zoom };
    });
  const style = `transform: translate(${view.x}px, ${view.y}px) scale(${view.zoom})`;
  return (
    <div class="compare">
      <div
        class={`stage ${view.zoom > 1 ? "zoomed" : ""}`}
        style={`aspect-ratio: ${before.width} / ${before.height}`}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2);
        }}
        onPointerDown={(event) => {
          if (view.zoom === 1) return;
          dragged.current = { x: event.clientX - view.x, y: event.clientY - view.y };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const start = dragged.current;
          if (start) setView(({ zoom }) => ({ zoom, x: event.clientX - start.x, y: event.clientY - start.y }));
        }}
        onPointerUp={() => {
          dragged.current = null;
        }}
      >
        <Bitmap picture={before} label="The photo" style={style} />
        {after ? (
          <div class="after" style={`clip-path: inset(0 0 0 ${split}%)`}>
            <Bitmap picture={after} label="The restoration" style={style} />
          </div>
        ) : null}
        {after ? <div class="line" style={`left: ${split}%`} /> : null}
      </div>
      <div class="tools">
        {after ? (
          <label>
            Photo
            <input
              type="range"
              min="0"
              max="100"
              value={split}
              aria-label="Where the photo ends and the restoration begins"
              onInput={({ currentTarget }) => setSplit(Number(currentTarget.value))}
            />
            Restored
          </label>
        ) : null}
        <fieldset class="zoom">
          <legend class="hidden">Enlarge</legend>
          <button type="button" aria-label="Smaller" onClick={() => zoomBy(1 / 1.5)}>
            −
          </button>
          <output>{Math.round(100 * view.zoom)} %</output>
          <button type="button" aria-label="Larger" onClick={() => zoomBy(1.5)}>
            +
          </button>
        </fieldset>
      </div>
    </div>
  );
}
