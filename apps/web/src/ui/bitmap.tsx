/** @file A picture of the worker's on the page. */
import { useEffect, useRef } from "preact/hooks";

export interface BitmapProps {
  readonly picture: ImageBitmap;
  /** What can be seen, for who cannot. */
  readonly label: string;
  readonly class?: string;
  readonly style?: string;
}

export function Bitmap({ picture, label, class: name = "", style = "" }: BitmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.globalCompositeOperation = "copy"; // transparent places must not show the picture before
    context.drawImage(picture, 0, 0);
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      class={name}
      style={style}
      width={picture.width}
      height={picture.height}
    />
  );
}
