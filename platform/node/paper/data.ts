/** @file Finds an experiment's pictures in the user's folder: training pairs, and separate test pairs. */
import { join } from "node:path";
import { UnblurError } from "../../../src/base/errors.js";
import { sourceSchema } from "../../../src/data/config.js";
import { findItems } from "../../../src/data/layouts/catalog.js";
import type { Listing } from "../../../src/data/layouts/listing.js";
import type { ExperimentData } from "../../../src/paper/plan.js";
import { listFolder } from "../data/listing.js";

/** GoPro's own folders, and those of a copy beside other data. The first folder with files is used. */
const TRAINING = ["train", "gopro/train", "GoPro/train"];
const TEST = ["test", "validation", "gopro/test", "gopro/validation", "GoPro/test"];

export interface FoundData extends ExperimentData {
  readonly trainingPairs: number;
  readonly testPairs: number;
  /** Names and sizes of the test pictures; they identify the results that belong to these pictures. */
  readonly testFiles: readonly string[];
}

const within = ({ files, texts }: Listing, folder: string): Listing => ({
  files: files.filter((name) => name.startsWith(`${folder}/`)).map((name) => name.slice(folder.length + 1)),
  texts: new Map(
    [...texts]
      .filter(([name]) => name.startsWith(`${folder}/`))
      .map(([name, text]) => [name.slice(folder.length + 1), text]),
  ),
});

/** Finds training and test pairs. Throws `data` if either is missing. */
export async function findExperimentData(root: string): Promise<FoundData> {
  const listing = await listFolder(root);
  const pairsIn = (candidates: readonly string[], what: string) => {
    const folder = candidates.find((name) => within(listing, name).files.length > 0);
    if (!folder)
      throw new UnblurError(
        "data",
        `${root}: expected ${what} pairs in one of the folders ${candidates.join(", ")}, found none; lay them out as GoPro does, e.g. ${candidates[0]}/SEQUENCE/blur_gamma/ and ${candidates[0]}/SEQUENCE/sharp/`,
      );
    const found = findItems(within(listing, folder), null, { blurKind: "either", exclude: [] }, join(root, folder));
    return { folder, ...found, items: found.items.filter(({ kind }) => kind === "pair") };
  };
  const training = pairsIn(TRAINING, "training");
  const test = pairsIn(TEST, "test");
  return {
    training: sourceSchema.parse({
      layout: training.layout,
      path: training.folder,
      ...(training.layout === "gopro" ? { blurKind: "either" } : {}),
    }),
    test: test.folder,
    trainingPairs: training.items.length,
    testPairs: test.items.length,
    testFiles: within(listing, test.folder).files,
  };
}
