/** @file Finds Chrome, Chromium or Edge on this machine. */
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { chromium } from "playwright-core";

/** Command names, the first found on PATH is taken. */
const COMMANDS = [
  ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"],
  ...["microsoft-edge", "microsoft-edge-stable", "msedge"],
] as const;

const APPLICATIONS = ["Google Chrome", "Chromium", "Microsoft Edge"].map(
  (name) => `${name}.app/Contents/MacOS/${name}`,
);
const PROGRAMS = [
  ["Google", "Chrome", "Application", "chrome.exe"],
  ["Chromium", "Application", "chrome.exe"],
  ["Microsoft", "Edge", "Application", "msedge.exe"],
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Places outside PATH, by `process.platform`. */
const PLACES: Readonly<Record<string, (env: Environment) => string[]>> = {
  linux: () => [
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/opt/google/chrome/chrome",
    "/opt/microsoft/msedge/msedge",
  ],
  darwin: ({ HOME = "" }) => ["", HOME].flatMap((root) => APPLICATIONS.map((path) => `${root}/Applications/${path}`)),
  win32: ({ PROGRAMFILES, "PROGRAMFILES(X86)": older, LOCALAPPDATA }) =>
    [PROGRAMFILES, older, LOCALAPPDATA].flatMap((root) => (root ? PROGRAMS.map((path) => join(root, ...path)) : [])),
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export interface Machine {
  readonly env?: Environment;
  readonly platform?: string;
  readonly exists?: (path: string) => boolean;
}

/** The path of a browser. CHROME_PATH, if it is set, is the only place that is looked at; null if there is none. */
export function findBrowser({
  env = process.env,
  platform = process.platform,
  exists = isProgram,
}: Machine = {}): string | null {
  if (env.CHROME_PATH !== undefined) return exists(env.CHROME_PATH) ? env.CHROME_PATH : null;
  const ending = platform === "win32" ? ".exe" : "";
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = COMMANDS.flatMap((name) => folders.map((folder) => join(folder, `${name}${ending}`)));
  const candidates = [...onPath, ...(PLACES[platform]?.(env) ?? []), chromium.executablePath()];
  return candidates.find(exists) ?? null;
}

const DRIVER = "vk_swiftshader_icd.json";

/**
 * SwiftShader, the Vulkan driver without a GPU that browsers for Linux carry beside their program: the path of its
 * description, with the Vulkan loader in the same folder. VK_DRIVER_FILES, if it is set, is the only place that is
 * looked at; null if there is none.
 */
export function findSoftwareVulkan(
  browser: string | null,
  { env = process.env, exists = existsSync }: Omit<Machine, "platform"> = {},
): string | null {
  if (env.VK_DRIVER_FILES !== undefined) return exists(env.VK_DRIVER_FILES) ? env.VK_DRIVER_FILES : null;
  const folders = ["/usr/lib/chromium", "/opt/google/chrome", "/opt/microsoft/msedge"];
  if (browser !== null) folders.unshift(dirname(realpathSync(browser)));
  return folders.map((folder) => join(folder, DRIVER)).find(exists) ?? null;
}
