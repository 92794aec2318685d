/** @file The worker: one model for all photos, which are restored in the order in which they come. */
import { open, UnblurError } from "unblur-photo/browser";

export interface Answer {
  readonly status: string;
  readonly picture?: Blob;
}

const answer = (data: Answer) => self.postMessage(data);
const model = open("fast");

self.addEventListener("message", async ({ data: photo }: MessageEvent<File>) => {
  try {
    const restored = await (await model).restore(photo, { onProgress: ({ stage }) => answer({ status: stage }) });
    answer({ status: restored.alreadySharp ? "already sharp" : "restored", picture: await restored.toBlob() });
  } catch (error) {
    if (!(error instanceof UnblurError)) throw error;
    answer({ status: error.message });
  }
});
