/** @file Overlays of the photo: pictures at the viewport, the painted area, the frame of the preview. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Bitmap } from "./bitmap.js";
import type { Stroke } from "./brush.js";
import type { Preview } from "./preview.js";
import type { Size, Viewport } from "./viewport.js";

/** Largest side of the overlay that shows strokes. */
const OVERLAY_PX = 1024;

/** CSS that puts a picture of the photo's size where the viewport has it. */
export const placed = ({ zoom, x, y }: Viewport, { width, height }: Size): string =>
  `width: ${width * zoom}px; height: ${height * zoom}px; transform: translate(-50%, -50%) translate(${x}px, ${y}px)`;

export interface PaneProps {
  readonly tag: "Photo" | "Restored";
  readonly clip?: string;
  readonly children: ComponentChildren;
}

/** One view of the picture with its name in the corner. */
export const Pane = ({ tag, clip = "", children }: PaneProps) => (
  <div class="pane" style={clip}>
    {children}
    <span class={`tag ${tag === "Restored" ? "right" : ""}`} aria-hidden="true">
      {tag}
    </span>
  </div>
);

function drawStroke(context: CanvasRenderingContext2D, stroke: Stroke, scale: number): void {
  context.globalCompositeOperation = stroke.kind === "line" && stroke.erase ? "destination-out" : "source-over";
  context.fillStyle = context.strokeStyle = "#2f9e44";
  if (stroke.kind === "rectangle") {
    const { left, top, width, height } = stroke.rectangle;
    context.fillRect(left * scale, top * scale, width * scale, height * scale);
    return;
  }
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = 2 * stroke.radius * scale;
  context.beginPath();
  for (const { x, y } of stroke.points) context.lineTo(x * scale, y * scale);
  const [only] = stroke.points;
  if (stroke.points.length === 1) context.lineTo(only!.x * scale + 0.01, only!.y * scale);
  context.stroke();
}

export interface PaintedProps {
  readonly strokes: readonly Stroke[];
  readonly photo: Size;
  readonly style: string;
}

export function Painted({ strokes, photo, style }: PaintedProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, OVERLAY_PX / Math.max(photo.width, photo.height));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    for (const stroke of strokes) drawStroke(context, stroke, scale);
  }, [strokes, scale]);
  const [width, height] = [photo.width, photo.height].map((side) => Math.max(1, Math.round(side * scale)));
  return <canvas ref={canvas} class="painted" role="img" aria-label="Where to restore" {...{ style, width, height }} />;
}

export interface PreviewedProps {
  readonly preview: Preview;
  readonly photo: Size;
  readonly style: string;
}

/** The place of the preview, with its picture once it is there. */
export function Previewed({ preview, photo, style }: PreviewedProps) {
  const part = preview.region.value;
  if (!part) return null;
  const percent = (value: number, of: number) => `${(100 * value) / of}%`;
  const place = [
    `left: ${percent(part.x, photo.width)}; top: ${percent(part.y, photo.height)}`,
    `width: ${percent(part.width, photo.width)}; height: ${percent(part.height, photo.height)}`,
  ].join("; ");
  return (
    <div class="overlay" style={style}>
      <div class={`region ${preview.working.value ? "working" : ""}`} style={place}>
        {preview.picture.value ? (
          <Bitmap picture={preview.picture.value} label="The part, restored with these settings" />
        ) : null}
      </div>
    </div>
  );
}
