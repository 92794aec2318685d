/** @file A picture of the worker's on the page. */
import { useEffect, useRef } from "preact/hooks";

/** What every browser gives a canvas; iOS has no more. */
const MOST_PIXELS = 16e6;
/** Drawn at a time. */
const STRIP_PIXELS = 1e6;
/** Of a small picture among others. */
export const THUMBNAIL_PIXELS = 250e3;

export interface BitmapProps {
  readonly picture: ImageBitmap;
  /** What can be seen, for who cannot. */
  readonly label: string;
  readonly mostPixels?: number;
  readonly style?: string;
}

export function Bitmap({ picture, label, mostPixels = MOST_PIXELS, style = "" }: BitmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = Math.min(1, Math.sqrt(mostPixels / (picture.width * picture.height || 1)));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.imageSmoothingQuality = "high";
    const rows = Math.max(1, Math.floor(STRIP_PIXELS / width!));
    let next: ReturnType<typeof setTimeout> | undefined;
    // A large picture takes longer to draw than the page may stand still: strip by strip.
    const draw = (top: number) => {
      if (picture.width === 0) return; // given back meanwhile
      const strip = Math.min(rows, height! - top);
      const [from, to] = [top, strip].map((value) => (value / height!) * picture.height);
      context.clearRect(0, top, width!, strip); // transparent places must not show the picture before
      context.drawImage(picture, 0, from!, picture.width, to!, 0, top, width!, strip);
      if (top + strip < height!) next = setTimeout(draw, 0, top + strip);
    };
    draw(0);
    return () => clearTimeout(next);
  }, [picture, width, height]);
  return <canvas ref={canvas} role="img" aria-label={label} style={style} width={width} height={height} />;
}
