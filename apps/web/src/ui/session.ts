/** @file What the page knows, as signals, and what a person can do about it. All work is the deblurrer's; here is only which photo, which result, which view. */
import { computed, signal } from "@preact/signals";
import type {
  DeblurProgress,
  DeblurResult,
  Deblurrer,
  OpenedModel,
  OpenedPhoto,
} from "../../../../platform/browser/deblurrer.js";

/** Which picture lies beside the photo. */
export type Shown = number | "mean";

export interface Choices {
  /** null: the model's own number. */
  readonly steps: number | null;
  readonly realism: number;
  readonly samples: number;
  readonly seed: number;
  readonly keepTone: boolean;
  /** Fit the blur that turns the restoration back into the photo. */
  readonly check: boolean;
}

const FIRST_CHOICES: Choices = { steps: null, realism: 1, samples: 1, seed: 0, keepTone: true, check: false };

/** `shared`: choices that a link brought. */
export function createSession(deblurrer: Deblurrer, shared: Partial<Choices> = {}) {
  const model = signal<OpenedModel | null>(null);
  const loading = signal<{ readonly loaded: number; readonly total: number } | null>(null);
  const photo = signal<(OpenedPhoto & { readonly picture: ImageBitmap }) | null>(null);
  const result = signal<DeblurResult | null>(null);
  const shown = signal<Shown>(0);
  const progress = signal<DeblurProgress | null>(null);
  const problem = signal<string | null>(null);
  const choices = signal<Choices>({ ...FIRST_CHOICES, ...shared });
  let running: AbortController | null = null;

  const steps = computed(() => {
    const { value } = model;
    return value && !value.canDiffuse ? 0 : (choices.value.steps ?? value?.steps ?? 0);
  });
  const picture = computed(() => {
    const { value } = result;
    if (!value) return null;
    return shown.value === "mean" ? (value.summary?.mean ?? null) : (value.samples[shown.value] ?? null);
  });

  /** What goes wrong is said in the page; what was cancelled is not wrong. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    problem.value = null;
    try {
      await work();
    } catch (error) {
      if ((error as Error).name !== "AbortError") problem.value = (error as Error).message;
    }
  }

  const openModel = (source: string | File) =>
    attempt(async () => {
      loading.value = { loaded: 0, total: 0 };
      try {
        model.value = await deblurrer.openModel(source, (loaded, total) => {
          loading.value = { loaded, total };
        });
      } finally {
        loading.value = null;
      }
    });

  function dropResult(): void {
    if (result.value) deblurrer.forget(result.value.id);
    result.value = null;
  }

  const openPhoto = (file: Blob, name: string) =>
    attempt(async () => {
      cancel();
      const opened = await deblurrer.openPhoto(file, name);
      dropResult();
      if (photo.value) deblurrer.forget(photo.value.id);
      photo.value = { ...opened.photo, picture: opened.picture };
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
      if (!photo.value) return;
      if (!model.value) await openModel("default");
      if (!model.value) return;
      cancel();
      const controller = new AbortController();
      running = controller;
      const { samples, seed, realism, keepTone, check } = choices.value;
      const diffusing = steps.value > 0;
      const restoreSharp = result.value?.sharpAlready ?? false; // whoever asks again for a photo that was left alone wants it
      progress.value = { done: 0, total: 1, stage: "starting", secondsLeft: null };
      try {
        const restored = await deblurrer.deblur(
          photo.value.id,
          {
            ...{ steps: steps.value, seed, keepTone, check, restoreSharp, keepSteps: diffusing },
            ...(diffusing ? { realism, samples } : {}),
          },
          {
            signal: controller.signal,
            onProgress(event) {
              progress.value = event;
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

  const download = () =>
    attempt(async () => {
      if (!result.value) return;
      const file = await deblurrer.download(result.value.id, { what: shown.value });
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
    ...{ model, loading, photo, result, shown, progress, problem, choices, steps, picture },
    listModels: () => deblurrer.listModels(),
    ...{ openModel, openPhoto, openExample, restore, cancel, download, choose },
  };
}

export type Session = ReturnType<typeof createSession>;
