/** @file What the library's types accept and refuse. tsc checks it; an expected error that does not come is one. */
import {
  type Model,
  open,
  type Restored,
  type RestoredSamples,
  type RestoreEvent,
  restore,
  type Settings,
} from "../../platform/node/index.js";

/** Never called: its types are the test. */
export async function typed(model: Model, settings: Settings): Promise<void> {
  const one: Restored = await model.restore("street.jpg");
  const also: Restored = await restore(new URL("file:///street.jpg"), { preset: "detailed", seed: 7 });
  const some: RestoredSamples = await model.restore(new Blob([]), { samples: 4, texture: 0.5 });
  const more: RestoredSamples = await restore(new Uint8Array(), { samples: 2, model: "default", threads: 2 });
  const any: Restored = await model.restore(one.raster, settings);
  await model.restore({ width: 1, height: 1, data: new Uint8ClampedArray(4) }, { steps: 0, strength: 0.5 });
  await model.restore(process.stdin, { mask: "mask.png", signal: AbortSignal.timeout(1), onProgress: () => {} });
  await Promise.all([also, more, any].map(({ toFile }) => toFile("out.png")));
  await one.toBuffer("jpeg", { quality: 80 });
  await some.mean.toBlob("webp", { quality: 80 });
  await some.uncertainty.toFile(new URL("file:///u.avif"), { format: "avif", quality: 50 });
  for await (const event of model.run("street.jpg", { steps: 2, samples: 2 }))
    if (event.type === "restored") event.restored.samples satisfies readonly unknown[];
  for await (const event of model.run("street.jpg")) event satisfies RestoreEvent<Restored>;

  // @ts-expect-error: misspelled
  await model.restore("street.jpg", { stepps: 2 });
  // @ts-expect-error: the model is open, so its device and threads are settled
  await model.restore("street.jpg", { threads: 2 });
  // @ts-expect-error: a preset names a model, and this one is open
  await model.restore("street.jpg", { preset: "fast" });
  // @ts-expect-error: several samples need diffusion steps
  await model.restore("street.jpg", { steps: 0, samples: 4 });
  // @ts-expect-error: texture needs diffusion steps
  await restore("street.jpg", { steps: 0, texture: 0.5 });
  // @ts-expect-error: the older name of texture
  await model.restore("street.jpg", { realism: 0.5 });
  // @ts-expect-error: one restoration has no samples
  one.samples;
  // @ts-expect-error: whoever reads the events knows the progress
  model.run("street.jpg", { onProgress: () => {} });
  // @ts-expect-error: PNG is lossless
  await one.toBuffer("png", { quality: 80 });
  // @ts-expect-error: HEIC is not written
  await one.toBuffer("heic");
  // @ts-expect-error: no such device
  await open("default", { device: "gpu" });
  // @ts-expect-error: a number is no picture
  await model.restore(7);
  // @ts-expect-error: settings of a restoration do not open a model
  await open("default", { steps: 2 });
}
