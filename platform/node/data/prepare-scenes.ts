/**
 * @file Scenes of deconvolved training data as a folder of PNG pictures: one folder per part, one picture per scene,
 * and `scenes.json`, which records their sources. Threads compute the missing pictures, so an interrupted preparation
 * resumes. `blurry` and `sharp` form a data set of the layout `pairs`.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Worker } from "node:worker_threads";
import * as z from "zod";
import { type ErrorCode, throwIfCancelled, UnblurError } from "../../../src/base/errors.js";
import { parseJson } from "../../../src/base/parse-json.js";
import { type BatchPlan, drawScene, type OnBadFile, sceneRng } from "../../../src/data/draw-batch.js";
import { filesOf } from "../../../src/data/item.js";
import { type PreparedScenes, type ScenePicture, sceneFile } from "../../../src/data/scenes.js";
import { DECONVOLVERS } from "../../../src/deconvolution/deconvolvers.js";
import { inputParts, prepareScene, type ScenePart } from "../../../src/training/prepare-scene.js";
import { writeFileAtomically } from "../files/atomic-file.js";
import { clearLeftovers } from "../files/leftovers.js";
import { makeFolder } from "../files/make-folder.js";
import { readRgb, writeImage } from "../photos/image-file.js";
import { defaultThreads } from "../threads/processors.js";
import { startThread } from "../threads/start-thread.js";
import { defaultCacheFolder, PixelCache } from "./pixel-cache.js";
import { type MotionNetwork, openSceneMotion } from "./scene-motion.js";

/** Version of the scenes, raised with every change of their content. */
const SCENE_VERSION = 6;
/** Version of the rule by which a motion network yields to the deconvolution, raised with every change. */
const YIELD_VERSION = 1;
/** Version of the residuals, raised with every change of how they are computed or stored. */
const RESIDUAL_VERSION = 1;
const SCENES_FILE = "scenes.json";
const FORMAT = "unblur scenes 1";

const scenesFileSchema = z.object({ format: z.literal(FORMAT), drawnFrom: z.string() });

export interface SceneSource {
  /** Plan of deconvolved data. */
  readonly plan: BatchPlan;
  /** Base folder of the paths in the config. */
  readonly root: string;
  /** Seed of the run. */
  readonly seed: number;
  readonly motion?: MotionNetwork | undefined;
}

export interface PrepareOptions extends SceneSource {
  /** Folder of the scenes; may hold some of them. */
  readonly out: string;
  /** 0 prepares in the calling thread. Default: as many as there are usable processors. */
  readonly threads?: number | undefined;
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
  /** Called once, before anything is computed. `out`: the folder of the scenes. */
  onMissing?(missing: number, scenes: number, out: string): void;
  /** Called after each scene. `timeLeftMs` assumes that the others take as long as those of this call. */
  onScene?(progress: { readonly done: number; readonly scenes: number; readonly timeLeftMs: number }): void;
  onBadFile?: OnBadFile;
}

/** Plain data for a thread that prepares scenes. */
export interface PreparationSettings extends Omit<SceneSource, "root"> {
  readonly folders: Readonly<Record<ScenePart, string>>;
  readonly cacheFolder: string;
}

export interface SceneReply {
  /** Files that were skipped. */
  readonly bad: readonly string[];
  readonly error?: { readonly code: ErrorCode; readonly message: string } | undefined;
}

/** Fingerprint of everything that determines the pairs of the scenes. Paths are relative to the data folder. */
function drawnFrom({ plan, root, seed }: SceneSource): string {
  const { candidates, jpeg, grey, deconvolved } = plan.data;
  const sources = plan.sources.map(({ config, items }) => [
    config,
    items.map((item) => [item.name, ...filesOf(item).map((path) => relative(root, path).split(sep).join("/"))]),
  ]);
  const { key } = sceneRng(plan.data, seed);
  return fingerprint(JSON.stringify([SCENE_VERSION, sources, candidates, jpeg, grey, deconvolved!.sidePx, key]));
}

/** Default folder of the scenes, in the cache. */
export const defaultScenesFolder = (source: SceneSource, cacheFolder = defaultCacheFolder()): string =>
  join(cacheFolder, "scenes", fingerprint(resolve(source.root), drawnFrom(source)).slice(0, 16));

/**
 * Folder of each part. The names change with everything that changes the part, so scenes of several runs can share a
 * folder.
 */
function foldersOf(out: string, { plan, motion }: SceneSource): PreparationSettings["folders"] {
  const name = plan.data.deconvolved!.deconvolver;
  const method = `${name}-${DECONVOLVERS[name].version}`;
  const network = motion && fingerprint(JSON.stringify(motion.config), ...motion.weights.values()).slice(0, 12);
  return {
    blurry: join(out, "blurry"),
    sharp: join(out, "sharp"),
    deconvolved: join(out, `deconvolved-${method}`),
    residual: join(out, `residual-${method}-${RESIDUAL_VERSION}`),
    motion: join(
      out,
      `motion-${network}${motion?.takesDeconvolution || motion?.yields ? `-${method}` : ""}${motion?.yields ? `-yields-${YIELD_VERSION}` : ""}`,
    ),
  };
}

/** Prepares the scenes that are missing. Throws `data` for a folder with scenes of other sources, settings or seed. */
export async function prepareScenes(options: PrepareOptions): Promise<PreparedScenes> {
  const { plan, seed, out, motion, signal, onMissing, onScene, cacheFolder = defaultCacheFolder() } = options;
  const onBadFile = once(options.onBadFile);
  await markFolder(out, options);
  const folders = foldersOf(out, options);
  const parts = inputParts(motion);
  for (const part of ["sharp", ...parts] as const) await makeFolder(folders[part]);
  const missing = missingScenes(
    ["sharp" as const, ...parts].map((part) => folders[part]),
    plan.data.deconvolved!.scenes,
  );
  const scenes = plan.data.deconvolved!.scenes;
  onMissing?.(missing.length, scenes, out);
  throwIfCancelled(signal);
  const settings = { plan, seed, motion, folders, cacheFolder };
  const threads = Math.min(options.threads ?? defaultThreads(), missing.length);
  const preparers = threads === 0 && missing.length > 0 ? [openPreparation(settings)] : threadsOf(settings, threads);
  const [queue, start] = [missing.values(), performance.now()];
  let made = 0;
  let failed = false;
  const ends = await Promise.allSettled(
    preparers.map(async ({ prepare }) => {
      for (const scene of queue) {
        if (failed) return;
        try {
          throwIfCancelled(signal);
          await prepare(scene, onBadFile);
        } catch (error) {
          failed = true; // the other threads finish their scene
          throw error;
        }
        made++;
        const done = scenes - missing.length + made;
        onScene?.({ done, scenes, timeLeftMs: ((performance.now() - start) / made) * (scenes - done) });
      }
    }),
  );
  await Promise.all(preparers.map(({ close }) => close()));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure) throw failure.reason;
  const inputs = parts.map(
    (part): ScenePicture => ({
      folder: folders[part],
      kind: part === "blurry" ? "photo" : part === "residual" ? part : "restored",
    }),
  );
  return { sharp: folders.sharp, inputs: [inputs[0]!, ...inputs.slice(1)] };
}

function once(report: OnBadFile | undefined): OnBadFile {
  const reported = new Set<string>();
  return (reason) => {
    if (reported.has(reason)) return;
    reported.add(reason);
    report?.(reason);
  };
}

/** Writes `scenes.json`, or compares with the one that is there. */
async function markFolder(out: string, source: SceneSource): Promise<void> {
  await makeFolder(out);
  const file = join(out, SCENES_FILE);
  const own = drawnFrom(source);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    const others = readdirSync(out).filter((name) => !name.startsWith("."));
    if (others.length > 0)
      throw new UnblurError(
        "data",
        `${out}: expected an empty folder or one with prepared scenes, got "${others[0]}" and no ${SCENES_FILE}; choose another folder`,
      );
    const { sidePx } = source.plan.data.deconvolved!;
    const sources = source.plan.sources.map(({ config }) => config.path);
    const content = { format: FORMAT, drawnFrom: own, sidePx, sources };
    return writeFileAtomically(file, new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`));
  }
  let found: z.infer<typeof scenesFileSchema>;
  try {
    found = scenesFileSchema.parse(parseJson(text));
  } catch (cause) {
    throw new UnblurError("data", `${file}: expected the description of prepared scenes; delete the folder`, { cause });
  }
  if (found.drawnFrom !== own)
    throw new UnblurError(
      "data",
      `${out}: its scenes were drawn from other files, with other settings or another seed; choose another folder, or delete it`,
    );
}

/** Numbers of the scenes that lack a picture. */
function missingScenes(folders: readonly string[], scenes: number): number[] {
  const present = folders.map((folder) => {
    void clearLeftovers(folder);
    return new Set(readdirSync(folder));
  });
  return Array.from({ length: scenes }, (_, scene) => scene).filter(
    (scene) => !present.every((names) => names.has(sceneFile(scene))),
  );
}

interface Preparer {
  prepare(scene: number, onBadFile: OnBadFile): Promise<void>;
  close(): Promise<void>;
}

/** Prepares scenes in the calling thread. */
export function openPreparation({ plan, seed, motion: network, folders, cacheFolder }: PreparationSettings): Preparer {
  const cache = new PixelCache(cacheFolder);
  const motion = network && openSceneMotion(network);
  const scenes = sceneRng(plan.data, seed);
  return {
    prepare(scene, onBadFile) {
      const pathOf = (part: ScenePart) => join(folders[part], sceneFile(scene));
      return prepareScene({
        deconvolver: plan.data.deconvolved!.deconvolver,
        motion,
        draw: () => drawScene(cache, plan, scene, scenes, onBadFile),
        store: {
          load: async (part) => (existsSync(pathOf(part)) ? readRgb(pathOf(part)) : null),
          async save(part, raster) {
            await makeFolder(folders[part]); // a deconvolution that only the motion network sees has a folder, too
            await writeImage(pathOf(part), { raster, format: "png", metadata: {} });
          },
        },
      });
    },
    async close() {
      await cache.close();
      await motion?.release();
    },
  };
}

function threadsOf(settings: PreparationSettings, count: number): Preparer[] {
  return Array.from({ length: count }, () =>
    threadPreparer(startThread("platform/node/data/prepare-worker", settings)),
  );
}

/** Prepares scenes on a thread, one at a time. */
function threadPreparer(worker: Worker): Preparer {
  const exited = new Promise<number>((resolve) => worker.once("exit", resolve));
  const failed = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    void exited.then((code) =>
      reject(new UnblurError("data", `the thread that prepares scenes ended with code ${code}`)),
    );
  });
  failed.catch(() => {}); // reported by the scene that was being prepared
  return {
    async prepare(scene, onBadFile) {
      const answered = new Promise<SceneReply>((resolve) => worker.once("message", resolve));
      worker.postMessage(scene);
      const { bad, error } = await Promise.race([answered, failed]);
      for (const reason of bad) onBadFile(reason);
      if (error) throw new UnblurError(error.code, error.message);
    },
    async close() {
      worker.postMessage("close");
      await exited;
    },
  };
}

/** Short hash of contents, equal for equal contents on all machines of the same byte order. */
function fingerprint(...parts: readonly (string | Float32Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts)
    hash.update(typeof part === "string" ? part : new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest("hex").slice(0, 32);
}
