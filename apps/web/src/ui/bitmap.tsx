/** @file Shows a picture from the worker on the page. */
import { useEffect, useRef } from "preact/hooks";

/** Pixels of a canvas that every browser supports; iOS supports no more. */
const MAX_PIXELS = 16e6;
/** Pixels drawn at a time. */
const STRIP_PIXELS = 1e6;
/** Pixels of a thumbnail. */
export const THUMBNAIL_PIXELS = 250e3;

export interface BitmapProps {
  readonly picture: ImageBitmap;
  /** Text alternative for users who cannot see the picture; empty where what is around it says the same. */
  readonly label: string;
  readonly mostPixels?: number;
  readonly style?: string;
  /** Shows single pixels as squares, where they are large. */
  readonly pixelated?: boolean;
}

export function Bitmap({ picture, label, mostPixels = MAX_PIXELS, style = "", pixelated = false }: BitmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, Math.sqrt(mostPixels / (picture.width * picture.height || 1)));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.imageSmoothingQuality = "high";
    const rows = Math.max(1, Math.floor(STRIP_PIXELS / width!));
    let next: ReturnType<typeof setTimeout> | undefined;
    // Drawing a large picture at once would freeze the page, so it is drawn strip by strip.
    const draw = (top: number) => {
      if (picture.width === 0) return; // closed in the meantime
      const strip = Math.min(rows, height! - top);
      const [from, to] = [top, strip].map((value) => (value / height!) * picture.height);
      context.clearRect(0, top, width!, strip); // transparent places must not show the previous picture
      context.drawImage(picture, 0, from!, picture.width, to!, 0, top, width!, strip);
      if (top + strip < height!) next = setTimeout(draw, 0, top + strip);
    };
    draw(0);
    return () => clearTimeout(next);
  }, [picture, width, height]);
  const drawn = pixelated ? `${style}; image-rendering: pixelated` : style;
  const named = label ? ({ role: "img", "aria-label": label } as const) : { "aria-hidden": true };
  return <canvas ref={canvas} {...named} style={drawn} width={width} height={height} />;
}
