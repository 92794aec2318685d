/** @file Finds the items that a run draws from, given its data config and the data folder. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { DataConfig } from "../../../src/data/config.js";
import type { BatchPlan, Source } from "../../../src/data/draw-batch.js";
import type { DataItem } from "../../../src/data/item.js";
import { findItems } from "../../../src/data/layouts/catalog.js";
import { listFolder } from "./listing.js";

export interface LoadedPlan {
  readonly plan: BatchPlan;
  /** Skipped items, each with its file. */
  readonly problems: readonly string[];
}

function under(folder: string, item: DataItem): DataItem {
  const at = (path: string) => join(folder, path);
  if (item.kind === "pair") return { ...item, blurry: at(item.blurry), sharp: at(item.sharp) };
  return item.kind === "photo" ? { ...item, sharp: at(item.sharp) } : { ...item, frames: item.frames.map(at) };
}

/**
 * Reads every source's folder. Throws `data` for a source without items, and for any problem if the config says
 * "refuse".
 */
export async function loadPlan(data: DataConfig, root: string, batchSize: number): Promise<LoadedPlan> {
  const problems: string[] = [];
  const sources: Source[] = [];
  for (const config of data.sources) {
    const folder = join(root, config.path);
    const blurKind = config.layout === "gopro" ? config.blurKind : "either";
    const found = findItems(await listFolder(folder), config.layout, { blurKind, exclude: config.exclude }, folder);
    problems.push(...found.problems.map((problem) => `${folder}: ${problem}`));
    sources.push({ config, items: found.items.map((item) => under(folder, item)) });
  }
  if (problems.length > 0 && data.onBadFile === "refuse") {
    throw new UnblurError(
      "data",
      `the data has ${problems.length} problems and the config says to refuse them:\n  ${problems.slice(0, 20).join("\n  ")}`,
    );
  }
  return { plan: { sources, data, batchSize }, problems };
}
