/**
 * @file State of the page as signals, and the user's actions. All work is done by the deblurrer; this file decides
 * which photo, result and view are current.
 */
import { computed, signal } from "@preact/signals";
import type {
  DeblurProgress,
  DeblurResult,
  Deblurrer,
  DeblurSettings,
  DownloadChoice,
  OpenedModel,
  OpenedPhoto,
} from "../../../../platform/browser/deblurrer.js";
import { chosenSteps } from "../../../../src/restoration/chosen-steps.js";
import { maskOf, type Stroke } from "./brush.js";
import { type Choices, FIRST_CHOICES } from "./choices.js";

/** The picture shown beside the photo. */
export type Shown = number | "mean";

export type ShownPhoto = OpenedPhoto & { readonly picture: ImageBitmap };

/** Closes pictures as soon as they leave the page, so that their memory does not wait for garbage collection. */
const closeLater = (pictures: readonly (ImageBitmap | null | undefined)[]) =>
  setTimeout(() => {
    for (const picture of pictures) picture?.close();
  });

const picturesOf = ({ samples, summary, steps, check }: DeblurResult) => [
  ...samples,
  ...(summary ? [summary.mean, summary.uncertainty] : []),
  ...steps.flatMap(({ noisy, estimate, change }) => [noisy, estimate, change]),
  check?.kernels,
];

/** `shared`: choices from a link. */
/** `firstModel` is opened with the first photo unless another one is chosen before. */
export function createSession(deblurrer: Deblurrer, shared: Partial<Choices> = {}, firstModel = "default") {
  const model = signal<OpenedModel | null>(null);
  const loading = signal<{ readonly loaded: number; readonly total: number } | null>(null);
  const photo = signal<ShownPhoto | null>(null);
  const result = signal<DeblurResult | null>(null);
  const shown = signal<Shown>(0);
  const progress = signal<DeblurProgress | null>(null);
  const problem = signal<string | null>(null);
  const choices = signal<Choices>({ ...FIRST_CHOICES, ...shared });
  /** Strokes that mark the area to restore; none for everywhere. */
  const strokes = signal<readonly Stroke[]>([]);
  let running: AbortController | null = null;
  /** Counts opened photos, so that one decoded after a later one is dropped. */
  let asked = 0;
  let modelOpening: Promise<void> | null = null;

  const steps = computed(() => {
    const { value } = model;
    if (value && !value.canDiffuse) return 0;
    const { steps: asked, realism, samples, stop } = choices.value;
    const { steps: unasked, diffusionSteps } = value ?? { steps: 0, diffusionSteps: 0 };
    return chosenSteps(
      { steps: asked ?? undefined, realism: realism ?? undefined, samples, stop: stop ? "settled" : undefined },
      { steps: unasked, diffusionSteps },
    );
  });
  const picture = computed(() => {
    const { value } = result;
    if (!value) return null;
    return shown.value === "mean" ? (value.summary?.mean ?? null) : (value.samples[shown.value] ?? null);
  });
  /** The choices as the restorer takes them. */
  const settings = computed((): DeblurSettings => {
    const { samples, seed, realism, keepTone, check, stop, restoreSharp } = choices.value;
    const diffusing = steps.value > 0;
    return {
      ...{ steps: steps.value, seed, keepTone, check, restoreSharp, keepSteps: diffusing },
      ...(diffusing ? { samples } : {}),
      ...(diffusing && realism !== null ? { realism } : {}),
      ...(diffusing && stop ? { stop: "settled" as const } : {}),
    };
  });

  /** Shows errors on the page; cancellation is not an error. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    problem.value = null;
    try {
      await work();
    } catch (error) {
      if ((error as Error).name !== "AbortError") problem.value = (error as Error).message;
    }
  }

  /** Loads models one after the other; the last requested one stays. */
  function loadModel(source: string | File): Promise<void> {
    const before = modelOpening;
    modelOpening = attempt(async () => {
      await before;
      loading.value = { loaded: 0, total: 0 };
      try {
        model.value = await deblurrer.openModel(source, (loaded, total) => {
          loading.value = { loaded, total };
        });
      } finally {
        loading.value = null;
      }
    });
    return modelOpening;
  }

  const openModel = (source: string | File): Promise<void> => {
    cancel(); // a running restoration must not lose its model
    return loadModel(source);
  };

  /** Resolves to whether a model is loaded. */
  async function someModel(): Promise<boolean> {
    await modelOpening;
    if (!model.value) await loadModel(firstModel);
    return model.value !== null;
  }

  function dropResult(): void {
    const { value } = result;
    if (!value) return;
    result.value = null;
    deblurrer.forget(value.id);
    closeLater(picturesOf(value));
  }

  const openPhoto = (file: Blob, name: string) =>
    attempt(async () => {
      const mine = ++asked;
      cancel();
      const opened = await deblurrer.openPhoto(file, name);
      if (mine !== asked) {
        deblurrer.forget(opened.photo.id);
        opened.picture.close();
        return;
      }
      dropResult();
      const before = photo.value;
      photo.value = { ...opened.photo, picture: opened.picture };
      strokes.value = [];
      if (before) {
        deblurrer.forget(before.id);
        closeLater([before.picture]);
      }
      await restore();
    });

  const openExample = () =>
    attempt(async () => {
      const response = await fetch("./example.jpg");
      if (!response.ok)
        throw new Error(`The example could not be loaded (${response.status}): try a photo of your own.`);
      await openPhoto(await response.blob(), "example.jpg");
    });

  const restore = () =>
    attempt(async () => {
      const { value: current } = photo;
      if (!current) return;
      cancel();
      const controller = new AbortController();
      running = controller;
      progress.value = { done: 0, total: 1, stage: "starting", secondsLeft: null };
      // Asking again for a photo that was skipped as sharp means that the user wants it restored.
      const again = result.value?.sharpAlready ?? false;
      try {
        if (!(await someModel()) || running !== controller) return;
        const mask = maskOf(strokes.value, current);
        const restored = await deblurrer.deblur(
          current.id,
          { ...settings.value, ...(again ? { restoreSharp: true } : {}), ...(mask ? { mask } : {}) },
          {
            signal: controller.signal,
            onProgress(event) {
              if (running === controller) progress.value = event;
            },
          },
        );
        dropResult();
        result.value = restored;
        shown.value = 0;
      } finally {
        if (running === controller) {
          running = null;
          progress.value = null;
        }
      }
    });

  function cancel(): void {
    running?.abort();
    running = null;
    progress.value = null;
  }

  const download = (type?: DownloadChoice["type"]) =>
    attempt(async () => {
      if (!result.value) return;
      const file = await deblurrer.download(result.value.id, { what: shown.value, ...(type ? { type } : {}) });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = file.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });

  const choose = (change: Partial<Choices>) => {
    choices.value = { ...choices.value, ...change };
  };

  return {
    ...{
      deblurrer,
      model,
      loading,
      photo,
      result,
      shown,
      progress,
      problem,
      choices,
      strokes,
      steps,
      picture,
      settings,
    },
    listModels: () => deblurrer.listModels(),
    ...{ openModel, someModel, openPhoto, openExample, restore, cancel, download, choose },
  };
}

export type Session = ReturnType<typeof createSession>;
