/** @file Folders of named models: those of the package, and those that the user installed. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { MODEL_FILE } from "../../../src/exchange/model-files.js";
import { givenModelName } from "../../../src/library/settings.js";
import { isFolder } from "../files/check-folder.js";
import { unblurHome } from "../files/home.js";
import { recoverFolders } from "../files/leftovers.js";
import { PACKAGE_ROOT } from "../files/package-root.js";

/** Pattern of model names: valid as a folder's name on every system, and never a path. */
export const MODEL_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9+])?$/;

/** The folder `models/` of this package. */
export const packagedModels = (): string => join(PACKAGE_ROOT, "models");

/** The parent folder of installed models; it need not exist. */
export const installedModels = (): string => join(unblurHome(), "models");

const holdsModel = (folder: string): boolean => existsSync(join(folder, MODEL_FILE));

async function namesIn(folder: string): Promise<readonly string[]> {
  recoverFolders(folder);
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((name) => MODEL_NAME.test(name) && holdsModel(join(folder, name))).sort();
}

export interface NamedFolder {
  readonly name: string;
  readonly from: "package" | "installed";
  readonly folder: string;
}

/** All models with a name, those of the package first. */
export async function namedModels(): Promise<readonly NamedFolder[]> {
  const roots = [
    ["package", packagedModels()],
    ["installed", installedModels()],
  ] as const;
  const lists = roots.map(async ([from, root]) =>
    (await namesIn(root)).map((name) => ({ name, from, folder: join(root, name) })),
  );
  return (await Promise.all(lists)).flat();
}

/** Folders beside the installed models that are none: without a description, or under a name that no model can have. */
export async function strayFolders(): Promise<readonly (NamedFolder & { readonly problem: string })[]> {
  const root = installedModels();
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.name.startsWith(".") && isFolder(join(root, entry.name)))
    .flatMap(({ name }) => {
      const folder = join(root, name);
      const problem = !holdsModel(folder)
        ? `not a model: no readable ${MODEL_FILE} is in the folder; copy the model's whole folder again, or remove this one`
        : MODEL_NAME.test(name)
          ? null
          : "not a model: its name has other characters than letters, digits and . _ + -; rename the folder";
      return problem === null ? [] : [{ name, from: "installed" as const, folder, problem }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of the models that come with the package. */
export const packagedModelNames = (): Promise<readonly string[]> => namesIn(packagedModels());
/** Names of the models in the user's folder. */
export const installedModelNames = (): Promise<readonly string[]> => namesIn(installedModels());

/** Searches again after folders moved aside by a killed process have got their names back. */
function recovered(model: string, find: () => string | undefined): string | undefined {
  for (const folder of [packagedModels(), installedModels(), dirname(resolve(model))]) recoverFolders(folder);
  return find();
}

/**
 * The two models of a name such as "default+esrgan-slim-x2": one that restores, and one that enlarges its result. Null
 * for the name or path of one model. Without `isModel`, it looks for folders. Throws `argument` for what is no string.
 */
export function modelPair(
  name: string,
  isModel: (name: string) => boolean = (one) => modelFolder(one) !== undefined,
): readonly [first: string, enlarger: string] | null {
  givenModelName(name, "the path of a model folder or training run");
  // The name of one model may contain a plus sign, too.
  if (!name.includes("+") || isModel(name)) return null;
  for (let plus = name.indexOf("+"); plus >= 0; plus = name.indexOf("+", plus + 1)) {
    const [first, enlarger] = [name.slice(0, plus), name.slice(plus + 1)];
    if (isModel(first) && isModel(enlarger)) return [first, enlarger];
  }
  return null;
}

/**
 * Folder of the model: a packaged model's, an installed model's, or the path itself; undefined if it is none of these.
 */
export function modelFolder(model: string): string | undefined {
  const named = MODEL_NAME.test(model)
    ? [packagedModels(), installedModels()].map((folder) => join(folder, model))
    : [];
  const found = () => [...named, model].find(holdsModel);
  return found() ?? recovered(model, found);
}
