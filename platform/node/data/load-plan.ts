/** @file Finds the items that a run draws from, given its data config and the data folder. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import type { DataConfig, SourceConfig } from "../../../src/data/config.js";
import type { BatchPlan, Source } from "../../../src/data/draw-batch.js";
import { type DataItem, type FoundItems, filesOf, withPaths } from "../../../src/data/item.js";
import { findItems, type LayoutName } from "../../../src/data/layouts/catalog.js";
import { listFolder } from "./listing.js";

export interface LoadedPlan {
  readonly plan: BatchPlan;
  /** Skipped items, each with its file. */
  readonly problems: readonly string[];
}

/** The items of a folder, with paths that start at the current folder, and the problems, which name the folder. */
async function itemsBelow(folder: string, layout: LayoutName, config: SourceConfig): Promise<FoundItems> {
  const blurKind = config.layout === "gopro" ? config.blurKind : "either";
  const found = findItems(await listFolder(folder), layout, { blurKind, exclude: config.exclude }, folder);
  return {
    items: found.items.map((item) => withPaths(item, (path) => join(folder, path))),
    problems: found.problems.map((problem) => `${folder}: ${problem}`),
  };
}

/** Unpaired photos: each sharp one goes with all blurred ones. */
async function itemsOf(config: SourceConfig, root: string): Promise<FoundItems> {
  const folder = join(root, config.path);
  if (config.layout !== "unpaired") return itemsBelow(folder, config.layout, config);
  const sharp = await itemsBelow(folder, "photos", config);
  const other = await itemsBelow(join(root, config.blurredPath), "photos", config);
  const blurred = other.items.flatMap(filesOf);
  const unpaired = (item: DataItem): DataItem[] =>
    item.kind === "photo" ? [{ ...item, kind: "unpaired", blurred }] : [];
  return { items: sharp.items.flatMap(unpaired), problems: [...sharp.problems, ...other.problems] };
}

/**
 * Reads every source's folder. Throws `data` for a source without items, and for any problem if the config says
 * "refuse".
 */
export async function loadPlan(data: DataConfig, root: string, batchSize: number): Promise<LoadedPlan> {
  const problems: string[] = [];
  const sources: Source[] = [];
  for (const config of data.sources) {
    const found = await itemsOf(config, root);
    problems.push(...found.problems);
    sources.push({ config, items: found.items });
  }
  if (problems.length > 0 && data.onBadFile === "refuse") {
    throw new UnblurError(
      "data",
      `the data has ${problems.length} problems and the config says to refuse them:\n  ${problems.slice(0, 20).join("\n  ")}`,
    );
  }
  return { plan: { sources, data, batchSize }, problems };
}
