/** @file Sources of models: a folder of the page's host, or a file that the user selects. */
import * as z from "zod";
import { UnblurError } from "../../src/base/errors.js";
import { MODEL_FILE, parseModelFile, readModel } from "../../src/exchange/model-files.js";
import { unknownModel } from "../../src/library/settings.js";
import type { Model } from "../../src/restoration/restorer.js";
import { cachedBytes, latest, type OnBytes } from "./cached-bytes.js";

/** `index.json` beside the page, written by its build: the files to load, with sizes and versions. */
export const siteIndexSchema = z.object({
  runtime: z.object({ folder: z.string(), bytes: z.record(z.string(), z.number()) }),
  /** Address of the HEIC decoder. */
  heifDecoder: z.string(),
  models: z.array(
    z.object({
      name: z.string(),
      summary: z.string(),
      steps: z.number(),
      diffusionSteps: z.number(),
      canDiffuse: z.boolean(),
      files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
    }),
  ),
});
export type SiteIndex = z.infer<typeof siteIndexSchema>;

/**
 * Loads the index. `base`: address of the page's folder, ending in a slash. Throws `file` if it is missing or something
 * else, as where a host answers unknown addresses with its own page.
 */
export function loadSiteIndex(base: string): Promise<SiteIndex> {
  const url = `${base}index.json`;
  return latest(url, (text) => {
    try {
      return siteIndexSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new UnblurError(
        "file",
        `${url}: expected unblur's list of models, got something else; write the files there with unblur serve --export DIR, or name their folder (assets)`,
        { cause },
      );
    }
  });
}

/** The model of that name. Throws `argument` for an unknown one. */
export function listedModel({ models }: SiteIndex, name: string): SiteIndex["models"][number] {
  const found = models.find((model) => model.name === name);
  if (found) return found;
  throw unknownModel(name, `${models.map((model) => model.name).join(", ")} (of the host), or a file`);
}

/** Bytes of all files of a model. */
export const bytesOf = ({ files }: SiteIndex["models"][number]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * Loads a model of the host. Addresses contain checksums, so a new model is loaded and an old one is not requested
 * again.
 */
export async function loadSiteModel(base: string, index: SiteIndex, name: string, onBytes?: OnBytes): Promise<Model> {
  const model = listedModel(index, name);
  const total = bytesOf(model);
  let before = 0;
  return readModel(async (file) => {
    const entry = model.files.find((candidate) => candidate.name === file);
    if (!entry)
      throw new UnblurError("checkpoint", `${name}/${file}: it is missing on this host; its build is incomplete`);
    const url = `${base}models/${name}/${file}?v=${entry.sha256.slice(0, 16)}`;
    const bytes = await cachedBytes(url, entry.bytes, (loaded) => onBytes?.(before + loaded, total));
    before += entry.bytes;
    return bytes;
  }, name);
}

/**
 * Reads a model's folder from a ZIP file: model.json with its safetensors files beside it, at the top or in one folder.
 */
export async function readZippedModel(file: File): Promise<{ readonly model: Model; readonly summary: string }> {
  const { BlobReader, Uint8ArrayWriter, ZipReader } = await import("@zip.js/zip.js");
  const zip = new ZipReader(new BlobReader(file), { useWebWorkers: false });
  try {
    const entries = await zip.getEntries();
    const about = entries.find(({ filename }) => filename === MODEL_FILE || filename.endsWith(`/${MODEL_FILE}`));
    if (!about)
      throw new UnblurError("checkpoint", `${file.name}: expected a ZIP of a model's folder, with ${MODEL_FILE} in it`);
    const folder = about.filename.slice(0, -MODEL_FILE.length);
    const read = async (name: string): Promise<Uint8Array> => {
      const entry = entries.find(({ filename }) => filename === folder + name);
      if (!entry || entry.directory)
        throw new UnblurError("checkpoint", `${file.name}: ${folder}${name} is missing; zip the model's whole folder`);
      return entry.getData(new Uint8ArrayWriter());
    };
    const { summary } = parseModelFile(new TextDecoder().decode(await read(MODEL_FILE)), file.name);
    return { model: await readModel(read, file.name), summary };
  } finally {
    await zip.close();
  }
}
