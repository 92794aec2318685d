/** @file The folder of what the user installs: UNBLUR_HOME, or where applications keep their data on this system. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** By `process.platform`; systems that are not listed follow the XDG base directory specification, as Linux does. */
const DATA_FOLDERS: Readonly<Record<string, (home: string, env: Environment) => string>> = {
  darwin: (home) => join(home, "Library", "Application Support"),
  win32: (home, env) => env.LOCALAPPDATA || join(home, "AppData", "Local"),
};
/** The specification says that a relative path is to be ignored. */
const xdg = (home: string, { XDG_DATA_HOME }: Environment): string =>
  XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : join(home, ".local", "share");

/** An absolute path; the folder need not exist. */
export function unblurHome(
  env: Environment = process.env,
  platform: string = process.platform,
  home = homedir(),
): string {
  if (env.UNBLUR_HOME) return resolve(env.UNBLUR_HOME);
  return join((DATA_FOLDERS[platform] ?? xdg)(home, env), "unblur");
}
