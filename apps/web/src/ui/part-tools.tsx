/** @file Tools for a part of the photo: paint or type the area to restore, or preview the settings at a place. */
import { useLayoutEffect, useState } from "preact/hooks";
import { Bitmap } from "./bitmap.js";
import type { Rectangle } from "./brush.js";
import type { Preview } from "./preview.js";
import type { Session } from "./session.js";
import type { Tool } from "./viewer.js";

interface PartToolsProps {
  readonly session: Session;
  readonly preview: Preview;
  readonly tool: Tool;
  setTool(tool: Tool): void;
}

const SIDES = ["left", "top", "width", "height"] as const satisfies readonly (keyof Rectangle)[];

function RectangleInput({ session }: { readonly session: Session }) {
  const photo = session.photo.value!;
  const [rectangle, setRectangle] = useState<Rectangle>({ left: 0, top: 0, width: photo.width, height: photo.height });
  return (
    <fieldset class="rectangle">
      <legend>A rectangle, in pixels of the photo</legend>
      {SIDES.map((side) => (
        <label key={side}>
          {side}
          <input
            type="number"
            min={side === "width" || side === "height" ? 1 : 0}
            max={side === "left" || side === "width" ? photo.width : photo.height}
            value={rectangle[side]}
            onChange={({ currentTarget }) =>
              setRectangle({ ...rectangle, [side]: Math.max(0, Math.round(Number(currentTarget.value) || 0)) })
            }
          />
        </label>
      ))}
      <button
        type="button"
        onClick={() => {
          session.strokes.value = [...session.strokes.value, { kind: "rectangle", rectangle }];
        }}
      >
        Add rectangle
      </button>
    </fieldset>
  );
}

export function PartTools({ session, preview, tool, setTool }: PartToolsProps) {
  const { strokes, photo } = session;
  const longer = Math.max(photo.value!.width, photo.value!.height);
  const [radius, setRadius] = useState(Math.max(2, Math.round(longer / 25)));
  const painting = tool.kind === "brush";
  const previewing = preview.region.value !== null;
  const brush = (change: { readonly radius?: number; readonly erase?: boolean }) =>
    setTool({ kind: "brush", radius, erase: painting && tool.erase, ...change });
  // A layout effect: a key pressed as soon as the button shows that it paints must be heard.
  useLayoutEffect(() => {
    const undo = (event: KeyboardEvent) => {
      if (event.key === "Escape") {
        if (painting) setTool({ kind: "look" });
        preview.off();
      }
      if (!painting || event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      strokes.value = strokes.value.slice(0, -1);
    };
    document.addEventListener("keydown", undo);
    return () => document.removeEventListener("keydown", undo);
  }, [painting, strokes, preview, setTool]);
  return (
    <section class="part-tools" aria-label="Only a part">
      <h2>Tools</h2>
      <div class="buttons">
        <button
          type="button"
          aria-pressed={painting}
          onClick={() => {
            preview.off();
            if (painting) setTool({ kind: "look" });
            else brush({ erase: false });
          }}
        >
          Restore only a part
        </button>
        <button
          type="button"
          aria-pressed={previewing}
          onClick={() => {
            setTool({ kind: "look" });
            if (previewing) preview.off();
            else preview.on();
          }}
        >
          Preview the settings
        </button>
      </div>
      {previewing ? (
        <>
          {preview.picture.value ? <Bitmap picture={preview.picture.value} label="The preview, enlarged" /> : null}
          <p>Click or tap a place in the photo. It is restored again whenever you move a slider.</p>
        </>
      ) : null}
      {painting ? (
        <>
          <p>Paint over the area to restore; the rest stays unchanged. Then press Restore.</p>
          <div class="buttons">
            <label class="radius">
              Brush
              <input
                type="range"
                min={1}
                max={Math.max(2, Math.round(longer / 6))}
                value={radius}
                aria-label="Size of the brush"
                onInput={({ currentTarget }) => {
                  setRadius(currentTarget.valueAsNumber);
                  brush({ radius: currentTarget.valueAsNumber });
                }}
              />
            </label>
            <button type="button" aria-pressed={tool.erase} onClick={() => brush({ erase: !tool.erase })}>
              Erase
            </button>
            <button
              type="button"
              disabled={strokes.value.length === 0}
              onClick={() => {
                strokes.value = strokes.value.slice(0, -1);
              }}
            >
              Undo
            </button>
            <button
              type="button"
              disabled={strokes.value.length === 0}
              onClick={() => {
                strokes.value = [];
              }}
            >
              Clear
            </button>
          </div>
          <RectangleInput session={session} />
        </>
      ) : null}
    </section>
  );
}
