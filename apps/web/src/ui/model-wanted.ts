/** @file The model that is wanted and the one that is open: loaded when it is needed, or ahead of that. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Deblurrer, ListedModel, OpenedModel } from "../../../../platform/browser/deblurrer.js";

type Facts = Pick<OpenedModel, "steps" | "diffusionSteps" | "canDiffuse">;

export interface WantedModel {
  readonly model: ReadonlySignal<OpenedModel | null>;
  readonly listed: ReadonlySignal<readonly ListedModel[]>;
  readonly loading: ReadonlySignal<{ readonly loaded: number; readonly total: number } | null>;
  /** Facts about the wanted model, known before it is loaded if the host lists it. */
  readonly facts: ReadonlySignal<Facts>;
  readonly wanted: ReadonlySignal<string | File>;
  /** Names the model that the next restoration takes. */
  want(source: string | File): void;
  /** Opens the wanted model; after a failure the one before stays wanted. Throws what opening throws. */
  open(): Promise<void>;
}

const UNKNOWN: Facts = { steps: 0, diffusionSteps: 0, canDiffuse: true };

export function createWantedModel(deblurrer: Deblurrer, first: string): WantedModel {
  const model = signal<OpenedModel | null>(null);
  const listed = signal<readonly ListedModel[]>([]);
  const loading = signal<{ readonly loaded: number; readonly total: number } | null>(null);
  const wanted = signal<string | File>(first);
  const open = signal<string | File | null>(null);
  let opening: Promise<void> = Promise.resolve();

  const facts = computed((): Facts => {
    if (open.value === wanted.value && model.value) return model.value;
    return listed.value.find(({ name }) => name === wanted.value) ?? UNKNOWN;
  });

  async function load(): Promise<void> {
    const source = wanted.value;
    if (open.value === source) return;
    loading.value = { loaded: 0, total: 0 };
    try {
      model.value = await deblurrer.openModel(source, (loaded, total) => {
        loading.value = { loaded, total };
      });
      open.value = source;
    } catch (error) {
      if (wanted.value === source && open.value !== null) wanted.value = open.value;
      throw error;
    } finally {
      loading.value = null;
    }
  }

  // Without the host's list the controls show the defaults until the model is there.
  deblurrer.listModels().then(
    (models) => {
      listed.value = models;
    },
    () => {},
  );
  return {
    ...{ model, listed, loading, facts, wanted },
    want(source) {
      wanted.value = source;
    },
    open() {
      opening = opening.catch(() => {}).then(load);
      return opening;
    },
  };
}
