/** @file Restores a photo in a worker of the page's own: the page sends a file and gets a picture. */
import type { Answer } from "./restore-worker.js";

const input = document.querySelector("input")!;
const status = document.querySelector("p[role=status]")!;
const image = document.querySelector("img")!;
const worker = new Worker(new URL("./restore-worker.ts", import.meta.url), { type: "module" });

input.addEventListener("change", () => worker.postMessage(input.files?.[0]));
worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
  status.textContent = data.status;
  if (!data.picture) return;
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(data.picture);
  image.hidden = false;
});
