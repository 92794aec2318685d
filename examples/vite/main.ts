/** @file Restores a photo that the visitor picks. The library computes in a worker of its own. */
import { open, UnblurError } from "unblur-photo/browser";

const input = document.querySelector("input")!;
const status = document.querySelector("p[role=status]")!;
const image = document.querySelector("img")!;

/** Opened once, at the first photo; the browser keeps its files for later visits. */
let opened: ReturnType<typeof open> | undefined;

input.addEventListener("change", async () => {
  const photo = input.files?.[0];
  if (!photo) return;
  try {
    opened ??= open("fast", { onDownload: ({ done, total }) => show(`loading the model: ${percent(done, total)}`) });
    const model = await opened.catch((error: unknown) => {
      opened = undefined; // the next photo tries again
      throw error;
    });
    const restored = await model.restore(photo, {
      onProgress: ({ stage, done, total }) => show(`${stage}: ${percent(done, total)}`),
    });
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(await restored.toBlob());
    image.hidden = false;
    show(restored.alreadySharp ? "already sharp" : "restored");
  } catch (error) {
    if (!(error instanceof UnblurError)) throw error;
    show(error.message);
  }
});

const percent = (done: number, total: number) => `${Math.floor((100 * done) / total)} %`;
const show = (text: string) => {
  status.textContent = text;
};
