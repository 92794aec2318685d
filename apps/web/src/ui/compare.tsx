/**
 * @file Photo and restoration on top of one another, with a movable line between them; both zoom and pan together, by
 * mouse, touch or keys. With the brush, strokes mark the area to restore; with the preview, a click selects a place.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Bitmap } from "./bitmap.js";
import type { Stroke } from "./brush.js";
import type { Preview } from "./preview.js";
import type { Session } from "./session.js";
import { moved, type Point, pixelAt, type Size, WHOLE, zoomed } from "./viewport.js";

export type Tool =
  | { readonly kind: "look" }
  | { readonly kind: "brush"; readonly radius: number; readonly erase: boolean };

/** Distance to the line in screen pixels within which a drag moves the line. */
const NEAR_LINE = 20;
const KEY_STEP = 40;
/** Largest side of the overlay that shows strokes. */
const OVERLAY_PX = 1024;
const ZOOM_STEP = 1.5;

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

function Painted({
  strokes,
  photo,
  style,
}: {
  readonly strokes: readonly Stroke[];
  readonly photo: Size;
  readonly style: string;
}) {
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

interface CompareProps {
  readonly session: Session;
  readonly preview: Preview;
  readonly tool: Tool;
}

export function Compare({ session, preview, tool }: CompareProps) {
  const photo = session.photo.value!;
  const after = session.picture.value;
  const [split, setSplit] = useState(50);
  const [view, setView] = useState(WHOLE);
  const stage = useRef<HTMLDivElement>(null);
  const pointers = useRef(new Map<number, Point>());
  const drag = useRef<"line" | "move" | "paint" | "region" | null>(null);
  useEffect(() => setView(WHOLE), [photo.id]);

  const size = (): Size => {
    const { width, height } = stage.current!.getBoundingClientRect();
    return { width, height };
  };
  const at = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point => {
    const { left, top } = stage.current!.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const fromCentre = ({ x, y }: Point): Point => ({ x: x - size().width / 2, y: y - size().height / 2 });
  const zoomBy = (factor: number, about?: Point) => setView((before) => zoomed(before, factor, size(), about));
  const pixel = (place: Point): Point => pixelAt(view, place, size(), photo);

  const paint = (place: Point, first: boolean) => {
    if (tool.kind !== "brush") return;
    const { strokes } = session;
    const last = strokes.value.at(-1);
    if (first || last?.kind !== "line")
      strokes.value = [
        ...strokes.value,
        { kind: "line", points: [pixel(place)], radius: tool.radius, erase: tool.erase },
      ];
    else strokes.value = [...strokes.value.slice(0, -1), { ...last, points: [...last.points, pixel(place)] }];
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const place = at(event);
    pointers.current.set(event.pointerId, place);
    stage.current!.setPointerCapture(event.pointerId);
    const nearLine = after !== null && Math.abs(place.x - (split / 100) * size().width) < NEAR_LINE;
    if (pointers.current.size > 1) drag.current = null;
    else if (tool.kind === "brush") drag.current = "paint";
    else if (preview.region.value) drag.current = "region";
    else drag.current = nearLine || view.zoom === 1 ? "line" : "move";
    if (drag.current === "paint") paint(place, true);
    else if (drag.current === "region") preview.moveTo(pixel(place));
  };
  const move = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const place = at(event);
    const [other] = [...pointers.current.entries()].flatMap(([id, point]) => (id === event.pointerId ? [] : [point]));
    pointers.current.set(event.pointerId, place);
    if (other) {
      const apart = (point: Point) => Math.hypot(point.x - other.x, point.y - other.y);
      const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 };
      const by = { x: (place.x - before.x) / 2, y: (place.y - before.y) / 2 };
      setView((last) =>
        moved(zoomed(last, apart(place) / Math.max(1, apart(before)), size(), fromCentre(middle)), by, size()),
      );
    } else if (drag.current === "line") setSplit(Math.max(0, Math.min(100, (100 * place.x) / size().width)));
    else if (drag.current === "paint") paint(place, false);
    else if (drag.current === "region") preview.moveTo(pixel(place));
    else if (drag.current === "move")
      setView((last) => moved(last, { x: place.x - before.x, y: place.y - before.y }, size()));
  };
  const up = ({ pointerId }: PointerEvent) => {
    pointers.current.delete(pointerId);
    drag.current = null;
  };
  const keys: Readonly<Record<string, () => void>> = {
    "+": () => zoomBy(ZOOM_STEP),
    "=": () => zoomBy(ZOOM_STEP),
    "-": () => zoomBy(1 / ZOOM_STEP),
    "0": () => setView(WHOLE),
    ...Object.fromEntries(
      Object.entries({ ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }).map(
        ([key, [x, y]]) => [
          key,
          () =>
            preview.region.value
              ? preview.moveBy({ x: -x! * KEY_STEP, y: -y! * KEY_STEP })
              : setView((last) => moved(last, { x: x! * KEY_STEP, y: y! * KEY_STEP }, size())),
        ],
      ),
    ),
  };

  const style = `transform: translate(${view.x}px, ${view.y}px) scale(${view.zoom})`;
  const part = preview.region.value;
  const percent = (value: number, of: number) => `${(100 * value) / of}%`;
  return (
    <div class="compare">
      <div
        ref={stage}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the view
        tabIndex={0}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        aria-label="Photo and restoration; arrow keys move, plus and minus zoom, 0 shows all"
        class={`stage ${view.zoom > 1 ? "zoomed" : ""} ${tool.kind === "brush" || part ? "drawing" : ""}`}
        style={`aspect-ratio: ${photo.width} / ${photo.height}`}
        onPointerCancel={up}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          act();
        }}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, fromCentre(at(event)));
        }}
      >
        <Bitmap picture={photo.picture} label="The photo" style={style} />
        {after ? (
          <div class="after" style={`clip-path: inset(0 0 0 ${split}%)`}>
            <Bitmap picture={after} label="The restoration" style={style} />
          </div>
        ) : null}
        {session.strokes.value.length > 0 ? (
          <Painted strokes={session.strokes.value} photo={photo} style={style} />
        ) : null}
        {part ? (
          <div class="overlay" style={style}>
            <div
              class={`region ${preview.working.value ? "working" : ""}`}
              style={`left: ${percent(part.x, photo.width)}; top: ${percent(part.y, photo.height)}; width: ${percent(part.width, photo.width)}; height: ${percent(part.height, photo.height)}`}
            >
              {preview.picture.value ? (
                <Bitmap picture={preview.picture.value} label="The part, restored with these settings" />
              ) : null}
            </div>
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
              value={Math.round(split)}
              aria-label="Where the photo ends and the restoration begins"
              onInput={({ currentTarget }) => setSplit(Number(currentTarget.value))}
            />
            Restored
          </label>
        ) : null}
        <fieldset class="zoom">
          <legend class="hidden">Enlarge</legend>
          <button type="button" aria-label="Smaller" onClick={() => zoomBy(1 / ZOOM_STEP)}>
            −
          </button>
          <output>{Math.round(100 * view.zoom)} %</output>
          <button type="button" aria-label="Larger" onClick={() => zoomBy(ZOOM_STEP)}>
            +
          </button>
        </fieldset>
      </div>
    </div>
  );
}
