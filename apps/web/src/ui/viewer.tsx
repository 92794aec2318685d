/**
 * @file The photo and its restoration, large: under one line or side by side, zoomed and moved together by mouse, touch
 * or keys. With the brush, strokes mark the area to restore; with the preview, a click selects a place.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { Bitmap } from "./bitmap.js";
import type { Preview } from "./preview.js";
import type { Session } from "./session.js";
import type { ShownPhoto } from "./shown-photo.js";
import { Painted, Pane, Previewed, placed } from "./stage.js";
import { fitted, fitZoom, moved, type Point, pixelAt, type Size, type Viewport, within, zoomedTo } from "./viewport.js";

export type Tool =
  | { readonly kind: "look" }
  | { readonly kind: "brush"; readonly radius: number; readonly erase: boolean };

/** Distance to the line in CSS pixels within which a drag moves the line. */
const NEAR_LINE = 24;
const KEY_STEP = 40;
const ZOOM_STEP = 1.5;
const WHEEL_STEP = 1.2;
/** Buttons for the percent of the photo's own pixels. */
const PERCENTS = [100, 200];

interface ViewerProps {
  readonly session: Session;
  readonly photo: ShownPhoto;
  readonly preview: Preview;
  readonly tool: Tool;
}

export function Viewer({ session, photo, preview, tool }: ViewerProps) {
  const result = session.result.value;
  const after = result?.sharpAlready ? null : session.picture.value;
  const strength = session.choices.value.strength;
  const [split, setSplit] = useState(50);
  const [side, setSide] = useState(false);
  const [holding, setHolding] = useState(false);
  const [stageSize, setStageSize] = useState<Size>({ width: 800, height: 600 });
  /** null: all of it, also after the window has changed. */
  const [chosen, setView] = useState<Viewport | null>(null);
  const stage = useRef<HTMLDivElement>(null);
  const pointers = useRef(new Map<number, Point>());
  const drag = useRef<"line" | "move" | "paint" | "region" | null>(null);
  useEffect(() => setView(null), [photo.id]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width > 0 && height > 0) setStageSize({ width, height });
    });
    observer.observe(stage.current!);
    return () => observer.disconnect();
  }, []);

  const sideBySide = side && after !== null && !holding;
  const wide = stageSize.width >= stageSize.height;
  const pane: Size = !sideBySide
    ? stageSize
    : wide
      ? { width: stageSize.width / 2, height: stageSize.height }
      : { width: stageSize.width, height: stageSize.height / 2 };
  const view = chosen ? within(chosen, photo, pane) : fitted(photo, pane);
  const isFit = Math.abs(view.zoom / fitZoom(photo, pane) - 1) < 0.001;
  const density = globalThis.devicePixelRatio || 1;
  const percent = Math.round(100 * view.zoom * density);

  const at = ({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): Point => {
    const { left, top } = stage.current!.getBoundingClientRect();
    const [x, y] = [clientX - left, clientY - top];
    return { x: sideBySide && wide ? x % pane.width : x, y: sideBySide && !wide ? y % pane.height : y };
  };
  const fromCentre = ({ x, y }: Point): Point => ({ x: x - pane.width / 2, y: y - pane.height / 2 });
  const zoomTo = (zoom: number, about?: Point) => setView(zoomedTo(view, zoom, photo, pane, about));
  const zoomBy = (factor: number, about?: Point) => zoomTo(view.zoom * factor, about);
  const zoomToPercent = (wanted: number, about?: Point) => zoomTo(wanted / 100 / density, about);
  const pixel = (place: Point): Point => pixelAt(view, place, photo, pane);
  const hold = (on: boolean) => () => setHolding(on);

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
    const nearLine = after && !sideBySide && Math.abs(place.x - (split / 100) * pane.width) < NEAR_LINE;
    if (pointers.current.size > 1) drag.current = null;
    else if (tool.kind === "brush") drag.current = "paint";
    else if (preview.region.value) drag.current = "region";
    else drag.current = nearLine || (isFit && !sideBySide) ? "line" : "move";
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
      const zoom = (view.zoom * apart(place)) / Math.max(1, apart(before));
      setView(moved(zoomedTo(view, zoom, photo, pane, fromCentre(middle)), by, photo, pane));
    } else if (drag.current === "line") setSplit(Math.max(0, Math.min(100, (100 * place.x) / pane.width)));
    else if (drag.current === "paint") paint(place, false);
    else if (drag.current === "region") preview.moveTo(pixel(place));
    else if (drag.current === "move")
      setView(moved(view, { x: place.x - before.x, y: place.y - before.y }, photo, pane));
  };
  const up = ({ pointerId }: PointerEvent) => {
    pointers.current.delete(pointerId);
    drag.current = null;
  };
  const arrow = (x: number, y: number) => () =>
    preview.region.value
      ? preview.moveBy({ x: -x * KEY_STEP, y: -y * KEY_STEP })
      : setView(moved(view, { x: x * KEY_STEP, y: y * KEY_STEP }, photo, pane));
  const keys: Readonly<Record<string, () => void>> = {
    "+": () => zoomBy(ZOOM_STEP),
    "=": () => zoomBy(ZOOM_STEP),
    "-": () => zoomBy(1 / ZOOM_STEP),
    "0": () => setView(null),
    "1": () => zoomToPercent(100),
    " ": hold(true),
    ...{ ArrowLeft: arrow(1, 0), ArrowRight: arrow(-1, 0), ArrowUp: arrow(0, 1), ArrowDown: arrow(0, -1) },
  };

  const style = placed(view, photo);
  const before = <Bitmap picture={photo.picture} label="The photo" style={style} pixelated={view.zoom * density > 2} />;
  const restored = after ? (
    <Bitmap
      picture={after}
      label="The restoration"
      style={`${style}; opacity: ${strength}`}
      pixelated={view.zoom * density > 2}
    />
  ) : null;
  const marks = (
    <>
      {tool.kind === "brush" && session.strokes.value.length > 0 ? (
        <Painted strokes={session.strokes.value} photo={photo} style={style} />
      ) : null}
      <Previewed {...{ preview, photo, style }} />
    </>
  );
  const cursor = tool.kind === "brush" || preview.region.value ? "drawing" : isFit ? "" : "zoomed";
  return (
    <section class="viewer" aria-label="Compare">
      {after && !sideBySide ? (
        <input
          type="range"
          class="hidden"
          min="0"
          max="100"
          value={Math.round(split)}
          aria-label="Where the photo ends and the restoration begins"
          onInput={({ currentTarget }) => setSplit(Number(currentTarget.value))}
        />
      ) : null}
      <div
        ref={stage}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the view
        tabIndex={0}
        class={`stage ${cursor} ${sideBySide ? (wide ? "columns" : "rows") : ""}`}
        aria-label="Photo and restoration; arrow keys move, plus and minus zoom, 0 fits, 1 is 100 %, space shows the photo"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onDblClick={(event) => (isFit ? zoomToPercent(100, fromCentre(at(event))) : setView(null))}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          act();
        }}
        onKeyUp={(event) => event.key === " " && setHolding(false)}
        onBlur={hold(false)}
        onWheel={(event) => {
          event.preventDefault();
          zoomBy(event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP, fromCentre(at(event)));
        }}
      >
        <Pane tag="Photo">{before}</Pane>
        {after && !holding ? (
          <Pane tag="Restored" {...(sideBySide ? {} : { clip: `clip-path: inset(0 0 0 ${split}%)` })}>
            {sideBySide && strength < 1 ? before : null}
            {restored}
            {sideBySide ? marks : null}
          </Pane>
        ) : null}
        {sideBySide ? null : <div class="pane marks">{marks}</div>}
        {after && !sideBySide && !holding ? (
          <div class="line" style={`left: ${split}%`}>
            <span class="handle" />
          </div>
        ) : null}
      </div>
      <div class="viewbar">
        {after ? (
          <>
            <button type="button" aria-pressed={side} onClick={() => setSide(!side)}>
              Side by side
            </button>
            <button
              type="button"
              aria-label="Hold for the original"
              aria-pressed={holding}
              onPointerDown={hold(true)}
              onPointerUp={hold(false)}
              onPointerLeave={hold(false)}
              onKeyDown={({ key }) => key === " " && setHolding(true)}
              onKeyUp={hold(false)}
            >
              <span class="wordy">Hold for the original</span>
              <span class="brief">Original</span>
            </button>
          </>
        ) : null}
        <fieldset class="zoom">
          <legend class="hidden">Zoom</legend>
          <button type="button" class="finely" aria-label="Smaller" onClick={() => zoomBy(1 / ZOOM_STEP)}>
            −
          </button>
          <output class="finely" aria-label="Percent of the photo's own pixels">
            {percent} %
          </output>
          <button type="button" class="finely" aria-label="Larger" onClick={() => zoomBy(ZOOM_STEP)}>
            +
          </button>
          <button type="button" aria-pressed={isFit} onClick={() => setView(null)}>
            Fit
          </button>
          {PERCENTS.map((wanted) => (
            <button
              key={wanted}
              type="button"
              aria-pressed={!isFit && percent === wanted}
              onClick={() => zoomToPercent(wanted)}
            >
              {wanted} %
            </button>
          ))}
        </fieldset>
      </div>
    </section>
  );
}
