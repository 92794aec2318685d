/**
 * @file State of the page as signals, and the user's actions. All work is done by the deblurrer; this file decides
 * which photo is restored next, with which settings.
 */
import { computed, effect, signal } from "@preact/signals";
import type {
  DeblurProgress,
  Deblurrer,
  DeblurSettings,
  DownloadChoice,
} from "../../../../platform/browser/deblurrer.js";
import { chosenSteps } from "../../../../src/restoration/plan.js";
import { PRESET_NAMES, PRESETS, type Preset } from "../../../../src/restoration/presets.js";
import { maskOf, type Stroke } from "./brush.js";
import { type Choices, changed as changedChoices, FIRST_CHOICES, keepChoices, textureOf } from "./choices.js";
import { createItems, type Item, type NamedFile } from "./items.js";
import { createWantedModel } from "./model-wanted.js";
import type { Screen } from "./screens.js";
import { createShownPhoto, type ShownPhoto } from "./shown-photo.js";

/** Reasons told when none of several files is a photo. */
const MAX_NOTES = 5;

/** Type of the files that the page saves. */
export type FileType = NonNullable<DownloadChoice["type"]>;

const isAbort = (error: unknown): boolean => (error as Error).name === "AbortError";

interface Running {
  readonly key: number;
  readonly controller: AbortController;
  opened: ShownPhoto | null;
  /** Stopped for a photo that goes first: it waits again. */
  requeue: boolean;
}

/** `shared`: choices of a link or the last visit. `firstModel`: wanted in place of the preset's. */
export function createSession(deblurrer: Deblurrer, shared: Partial<Choices> = {}, firstModel?: string) {
  const preset = PRESET_NAMES.find((name) => PRESETS[name].model === firstModel && !PRESETS[name].texture);
  const choices = signal<Choices>({ ...FIRST_CHOICES, ...shared, ...(preset ? { preset } : {}) });
  const models = createWantedModel(deblurrer, firstModel ?? PRESETS[choices.value.preset].model);
  const list = createItems();
  const onStage = createShownPhoto(deblurrer, list, (one) => running?.opened === one);
  const { opened, release, drop, addResult, show, showOutput, left, ...stage } = onStage;
  const { selected, photo, strokes, kept, result, item, shown } = stage;
  const progress = signal<DeblurProgress | null>(null);
  const problem = signal<string | null>(null);
  /** A sentence about files that the last choice or drop left out; null if it left out none. */
  const notice = signal<string | null>(null);
  /** Format of every file that is saved; null: each photo's own. */
  const format = signal<FileType | null>(null);
  /** The screen that is wanted; the tool is shown once there is a photo. */
  const screen = signal<Screen>("start");
  /** Number of photos that are being opened to be shown. */
  const opening = signal(0);
  /** True after Cancel: what waits goes on when asked. */
  const paused = signal(false);
  /** Settings of the running restoration, as in `used`. */
  const workedWith = signal<string | null>(null);
  let running: Running | null = null;
  let pumping = false;
  /** Counts what is asked to be shown, so that one decoded after a later one is not shown. */
  let asked = 0;
  /** The photo that was shown when photos were removed. */
  let shownBefore: number | null = null;

  const steps = computed(() => {
    const { steps: given, samples, stop } = choices.value;
    if (!models.facts.value.canDiffuse) return 0;
    const realism = textureOf(choices.value);
    return chosenSteps(
      { steps: given ?? undefined, realism, samples, stop: stop ? "settled" : undefined },
      models.facts.value,
    );
  });
  /** The choices as the restorer takes them. Strength is applied to the finished result. */
  const settings = computed((): DeblurSettings => {
    const { samples, seed, keepTone, check, stop, restoreSharp, showSteps } = choices.value;
    const texture = textureOf(choices.value);
    const diffusing = steps.value > 0;
    return {
      ...{ steps: steps.value, seed, keepTone, check, restoreSharp, keepSteps: diffusing && showSteps },
      ...(diffusing ? { samples } : {}),
      ...(diffusing && texture < 1 ? { realism: texture } : {}),
      ...(diffusing && stop ? { stop: "settled" as const } : {}),
    };
  });
  const usedOn = (marks: readonly Stroke[]): string => {
    const { value: model } = models.wanted;
    return JSON.stringify([typeof model === "string" ? model : [model.name, model.size], settings.value, marks]);
  };
  const used = computed(() => usedOn(strokes.value));
  /** The settings are others than those of the shown result. */
  const changed = computed(() => kept.value !== null && kept.value.used !== used.value);
  /** The shown photo is being restored, with the settings as they are. */
  const underway = computed(() => item.value?.state === "working" && workedWith.value === used.value);
  effect(() => keepChoices(choices.value));

  /** Shows errors on the page; cancellation is not an error. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    problem.value = null;
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) problem.value = (error as Error).message;
    }
  }

  /** Opens a photo to be shown, which is told of while it takes time. */
  const openedSoon = async (file: NamedFile): Promise<ShownPhoto> => {
    opening.value += 1;
    try {
      return await opened(file);
    } finally {
      opening.value -= 1;
    }
  };

  /** Stops what runs; it waits again. */
  const interrupt = (): void => {
    if (!running) return;
    running.requeue = true;
    running.controller.abort();
  };

  const openPhotos = (files: readonly NamedFile[]) =>
    attempt(async () => {
      const mine = ++asked;
      const [only] = files;
      if (files.length === 1 && only) {
        const next = await openedSoon(only); // first: a file that is no photo must not stop what runs
        const [added] = list.add([only]);
        if (mine === asked) {
          await show(added!.key, next);
          if (running?.key !== added!.key) interrupt();
        } else release(next);
      } else await openSeveral(list.add(files));
      screen.value = "tool";
      paused.value = false;
      void pump();
    });

  /** Shows the first of several photos that can be opened, if none is shown. Throws if there is none. */
  async function openSeveral(added: readonly Item[]): Promise<void> {
    for (const one of added)
      if (!photo.value) {
        const next = await openedSoon(one).catch((error: Error) => list.update(one.key, failed(error)));
        if (next && !photo.value) await show(one.key, next);
        else if (next) release(next);
      }
    if (photo.value) return;
    const notes = added.map(({ key }) => list.find(key)?.note).filter((note) => note);
    list.remove(added.map(({ key }) => key));
    list.forget();
    const more = notes.length - MAX_NOTES;
    throw new Error([...notes.slice(0, MAX_NOTES), ...(more > 0 ? [`and ${more} more`] : [])].join("\n"));
  }

  const failed = (error: unknown) => ({ state: "failed" as const, note: (error as Error).message });

  /** Shows a photo of the list. Throws if it cannot be opened. */
  async function showItem(key: number): Promise<void> {
    const mine = ++asked;
    await left();
    const wanted = list.find(key);
    if (!wanted || key === selected.value) return;
    const own = running?.key === key ? running.opened : null;
    const next = own ?? (await openedSoon(wanted));
    if (mine === asked) await show(key, next);
    else if (!own) release(next);
  }

  /** Shows a photo, or why it cannot be opened: never the one before under its name. */
  async function showOrTell(key: number): Promise<void> {
    const mine = asked + 1;
    await showItem(key).catch(async (error: Error) => {
      if (list.find(key)?.state === "done") throw error; // its result is there, though its file is not
      list.update(key, failed(error));
      if (mine === asked && list.find(key)) await show(key, null);
    });
  }

  const select = (key: number) => attempt(() => showOrTell(key));

  /** Takes photos out of the list and cancels work on them; the others go on. A neighbour of the shown one is shown. */
  const remove = (keys: readonly number[]) =>
    attempt(async () => {
      const all = list.items.value;
      const at = all.findIndex(({ key }) => key === selected.value);
      shownBefore = selected.value;
      list.remove(keys);
      if (running && keys.includes(running.key)) interrupt();
      if (at < 0 || !keys.includes(all[at]!.key)) return;
      for (const { key } of [...all.slice(at + 1), ...all.slice(0, at).reverse()]) {
        if (!list.find(key)) continue;
        const mine = asked + 1;
        await showItem(key).catch((error: Error) => list.update(key, failed(error)));
        if (selected.value === key || asked !== mine) return; // shown, or another one was asked for
      }
      const [unreadable] = list.items.value;
      if (unreadable) return showOrTell(unreadable.key);
      asked += 1;
      await show(null, null);
      screen.value = "start";
    });

  /** Brings back what was removed last. */
  const undoRemoval = () =>
    attempt(async () => {
      const back = list.undo();
      const wanted = back.find(({ key }) => key === shownBefore) ?? (photo.value ? null : back[0]);
      if (wanted) await showOrTell(wanted.key);
      if (item.value) screen.value = "tool";
      void pump();
    });

  const nextItem = (): Item | null => {
    if (paused.value) return null;
    const waiting = list.items.value.filter(({ state }) => state === "waiting");
    return waiting.find(({ key }) => key === selected.value) ?? waiting[0] ?? null;
  };

  /** Restores what waits, one after the other, the shown photo first. */
  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      for (let next = nextItem(); next; next = nextItem()) await restoreItem(next);
    } finally {
      pumping = false;
    }
  }

  async function restoreItem({ key, anyway, ...file }: Item): Promise<void> {
    const mine: Running = { key, controller: new AbortController(), opened: null, requeue: false };
    const { signal: aborted } = mine.controller;
    running = mine;
    list.update(key, { state: "working", note: null });
    workedWith.value = used.value;
    progress.value = { done: 0, total: 1, stage: "starting", secondsLeft: null };
    const isShown = () => selected.value === key && photo.value !== null && photo.value === mine.opened;
    try {
      await models.open();
      aborted.throwIfAborted();
      mine.opened = selected.value === key && photo.value ? photo.value : await opened(file);
      if (selected.value === key && !photo.value) await show(key, mine.opened); // it could not be opened before
      list.update(key, { warnings: mine.opened.warnings });
      await list.showThumbnail(key, mine.opened.picture);
      const marks = isShown() ? strokes.value : (list.find(key)?.strokes ?? []);
      const mask = marks.length > 0 ? maskOf(marks, mine.opened) : null;
      const [made, label] = [usedOn(marks), labelOf(choices.value)];
      workedWith.value = made;
      const restored = await deblurrer.deblur(
        mine.opened.id,
        { ...settings.value, ...(anyway ? { restoreSharp: true } : {}), ...(mask ? { mask } : {}) },
        {
          signal: aborted,
          onProgress(event) {
            if (running === mine) progress.value = event;
          },
        },
      );
      const state = restored.sharpAlready ? "sharp" : "done";
      if (isShown()) {
        addResult({ result: restored, label, used: made, file: null });
        list.update(key, { state, output: null, saved: false });
      } else {
        const file = restored.sharpAlready ? null : await deblurrer.download(restored.id, { what: 0 });
        drop([restored]);
        list.update(key, { state, output: file && { file, label, used: made }, saved: false });
        await showOutput(key);
      }
    } catch (error) {
      if (isAbort(error)) list.update(key, { state: mine.requeue ? "waiting" : "stopped" });
      else {
        list.update(key, failed(error)); // the page tells it beside the photo
      }
    } finally {
      if (running === mine) {
        running = null;
        progress.value = null;
      }
      if (mine.opened && photo.value !== mine.opened) release(mine.opened);
    }
  }

  const labelOf = (chosen: Choices): string => {
    const texture = textureOf(chosen);
    const own: Preset = PRESETS[chosen.preset];
    const isOwn = texture === (own.texture ?? 0) && models.wanted.value === own.model;
    return isOwn ? own.label : `texture ${Math.round(100 * texture)} %`;
  };

  /** Restores the shown photo again, or all of them, with the settings as they are. */
  const restore = ({ all = false, anyway = false } = {}) =>
    attempt(async () => {
      if (!item.value) return;
      const again = all ? list.items.value.filter(({ state }) => state !== "failed") : [item.value];
      for (const one of again)
        list.update(one.key, {
          ...(one.state === "working" ? {} : { state: "waiting" }),
          anyway: anyway || one.anyway,
        });
      paused.value = false;
      interrupt();
      void pump();
    });

  function cancel(): void {
    paused.value = list.waiting.value > 0;
    running?.controller.abort();
    progress.value = null;
  }

  const isAsWanted = (file: File): boolean => format.value === null || format.value === file.type;
  const asFormat = () => (format.value === null ? {} : { type: format.value });

  /** The shown picture as a file, in the chosen format; null where there is none. */
  async function shownFile(): Promise<File | null> {
    if (!result.value) return null;
    const { strength } = choices.value;
    const { file } = kept.value!;
    if (file && strength === 1 && isAsWanted(file)) return file;
    return deblurrer.download(result.value.id, { what: shown.value, strength, ...asFormat() });
  }

  /** A picture of the photo's size as a file in the chosen format. */
  async function converted({ name, file }: Item, picture: File, strength: number): Promise<File> {
    const open = await deblurrer.openPhoto(file, name);
    open.picture.close();
    const again = await deblurrer.reopen(open.photo.id, picture);
    try {
      return await deblurrer.download(again.id, { what: 0, strength, ...asFormat() });
    } finally {
      drop([again]);
      deblurrer.release(open.photo.id);
    }
  }

  /**
   * The finished file of any photo in the chosen format; the photo itself where it looks sharp; null where there is
   * none.
   */
  async function fileOf(one: Item): Promise<File | null> {
    const { key, name, file, state, output } = one;
    if (state === "sharp") {
      const own = new File([file], name, { type: file.type });
      return isAsWanted(own) ? own : converted(one, own, 1);
    }
    if (key === selected.value) return shownFile();
    const { strength } = choices.value;
    if (!output || (strength === 1 && isAsWanted(output.file))) return output?.file ?? null;
    return converted(one, output.file, strength);
  }

  const choose = (change: Partial<Choices>) => {
    choices.value = changedChoices(choices.value, change);
    if (change.preset) models.want(PRESETS[change.preset].model);
  };

  return {
    ...stage,
    ...{ deblurrer, models, list, progress, problem, notice, format, paused },
    ...{ choices, steps, settings, changed, underway, attempt },
    ...{ screen, opening, openPhotos, select, remove, undoRemoval, restore, cancel, shownFile, fileOf, choose },
    /** Goes on with what waits after Cancel. */
    resume() {
      paused.value = false;
      return pump();
    },
    /** Opens a model now, so that a file which is none is refused at once. */
    openModel: (source: string | File) =>
      attempt(async () => {
        models.want(source);
        await models.open();
      }),
    openExample: (name: string) =>
      attempt(async () => {
        notice.value = null;
        const response = await fetch(`./examples/${name}`);
        if (!response.ok)
          throw new Error(`The sample could not be loaded (${response.status}): try a photo of your own.`);
        await openPhotos([{ file: await response.blob(), name }]);
      }),
  };
}

export type Session = ReturnType<typeof createSession>;
