/** @file The folder of the user's installed models: UNBLUR_HOME, or the system's folder for application data. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Data folders by `process.platform`; systems that are not listed follow the XDG base directory specification, like
 * Linux.
 */
const DATA_FOLDERS: Readonly<Record<string, (home: string, env: Environment) => string>> = {
  darwin: (home) => join(home, "Library", "Application Support"),
  win32: (home, env) => env.LOCALAPPDATA || join(home, "AppData", "Local"),
};
/** The XDG data folder. By the specification, a relative path is ignored. */
const xdg = (home: string, { XDG_DATA_HOME }: Environment): string =>
  XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : join(home, ".local", "share");

/** Absolute path of the folder, which need not exist. */
export function unblurHome(
  env: Environment = process.env,
  platform: string = process.platform,
  home = homedir(),
): string {
  if (env.UNBLUR_HOME) return resolve(env.UNBLUR_HOME);
  return join((DATA_FOLDERS[platform] ?? xdg)(home, env), "unblur");
}
