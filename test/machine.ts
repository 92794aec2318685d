/**
 * @file What some tests need beside Node and npm. Where it is missing they are skipped, and the run ends with what to
 * do about it (`skipped-reporter.ts`); with CI=true they run, and fail with the same words.
 */
import { execFileSync } from "node:child_process";
import { findBrowser, findSoftwareVulkan } from "./find-browser.js";

export interface Need {
  /** The place or the command; null if it is missing. */
  readonly found: string | null;
  /** Subject of the tests that need it. */
  readonly tests: string;
  /** How to install it. */
  readonly remedy: string;
}

function command(name: string): string | null {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return name;
  } catch {
    return null;
  }
}

/** Runs a command with mounts of its own: root may, and other users in a user namespace if the system allows it. */
function mountNamespace(): string | null {
  const words = process.getuid?.() === 0 ? "unshare -m" : "unshare -rm";
  const [program, ...rest] = words.split(" ");
  try {
    execFileSync(program!, [...rest, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return words;
  } catch {
    return null;
  }
}

const browser = findBrowser();

export const NEEDS = {
  browser: {
    found: browser,
    tests: "pages in a browser",
    remedy:
      process.env.CHROME_PATH === undefined
        ? "Chrome, Chromium or Edge is missing: npx playwright-core install chromium (Debian: apt install chromium), or set CHROME_PATH"
        : `CHROME_PATH=${process.env.CHROME_PATH} is no program: set it to the path of Chrome, Chromium or Edge, or unset it`,
  },
  softwareVulkan: {
    found: process.platform === "linux" ? findSoftwareVulkan(browser) : null,
    tests: "WebGPU of Node",
    remedy:
      process.platform === "linux"
        ? "the Vulkan driver SwiftShader, which browsers carry, is missing: npx playwright-core install chromium (Debian: apt install chromium)"
        : "they need Linux",
  },
  strace: {
    found: process.platform === "linux" ? command("strace") : null,
    tests: "system calls",
    remedy: process.platform === "linux" ? "strace is missing: apt install strace" : "they need Linux",
  },
  redis: {
    found: command("redis-server"),
    tests: "work shared over machines",
    remedy: "redis-server is missing: apt install redis-server",
  },
  mounts: {
    found: process.platform === "linux" ? mountNamespace() : null,
    tests: "full and read-only disks",
    remedy:
      process.platform === "linux"
        ? "nothing may be mounted here: run them as root, or allow user namespaces"
        : "they need Linux",
  },
} as const satisfies Record<string, Need>;

/** Returns whether tests are skipped because it is missing: `test.skipIf(lacks("browser"))(...)`. */
export const lacks = (need: keyof typeof NEEDS): boolean => NEEDS[need].found === null && !process.env.CI;

/** The place of what is needed; throws what to do where it is missing. */
export function needed(need: keyof typeof NEEDS): string {
  const { found, tests, remedy } = NEEDS[need];
  if (found === null) throw new Error(`tests of ${tests}: ${remedy}`);
  return found;
}
