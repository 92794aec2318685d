/** @file A picture of the worker's on the page. */
import { useEffect, useRef } from "preact/hooks";

/** What every browser gives a canvas; iOS has no more. */
const MOST_PIXELS = 16e6;
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
    if (!context || picture.width === 0) return; // given back meanwhile
    context.globalCompositeOperation = "copy"; // transparent places must not show the picture before
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width!, height!);
  }, [picture, width, height]);
  return <canvas ref={canvas} role="img" aria-label={label} style={style} width={width} height={height} />;
}
