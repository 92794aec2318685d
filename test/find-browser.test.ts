import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBrowser, findSoftwareVulkan } from "./find-browser.js";

/** A machine with these files. */
const having =
  (...files: string[]) =>
  (path: string): boolean =>
    files.includes(path);

describe("a browser is found", () => {
  test.each([
    ["linux", { PATH: "/a:/b" }, ["/b/google-chrome"]],
    ["linux", { PATH: "/a:/b" }, ["/b/chromium", "/a/microsoft-edge"]],
    ["linux", { PATH: "/a" }, ["/opt/microsoft/msedge/msedge"]],
    ["darwin", { HOME: "/Users/x" }, ["/Users/x/Applications/Chromium.app/Contents/MacOS/Chromium"]],
    ["win32", { PROGRAMFILES: "/p" }, [join("/p", "Microsoft", "Edge", "Application", "msedge.exe")]],
  ])("on %s with %j: the first of %j", (platform, env, files) => {
    expect(findBrowser({ platform, env, exists: having(...files) })).toBe(files[0]);
  });

  test("where CHROME_PATH says, and nowhere else", () => {
    const exists = having("/a/chromium", "/mine");
    expect(findBrowser({ platform: "linux", env: { PATH: "/a", CHROME_PATH: "/mine" }, exists })).toBe("/mine");
    expect(findBrowser({ platform: "linux", env: { PATH: "/a", CHROME_PATH: "/none" }, exists })).toBeNull();
  });

  test("or is not", () => {
    for (const platform of ["linux", "darwin", "win32", "aix"])
      expect(findBrowser({ platform, env: { PATH: "/a" }, exists: having() })).toBeNull();
  });
});

test("the software driver is the one beside the browser, else that of an installed one", () => {
  const beside = join(import.meta.dirname, "vk_swiftshader_icd.json");
  const exists = having(beside, "/usr/lib/chromium/vk_swiftshader_icd.json");
  expect(findSoftwareVulkan(join(import.meta.dirname, "machine.ts"), { env: {}, exists })).toBe(beside);
  expect(findSoftwareVulkan(null, { env: {}, exists: having("/opt/google/chrome/vk_swiftshader_icd.json") })).toMatch(
    /^\/opt\/google/,
  );
  expect(findSoftwareVulkan(null, { env: {}, exists: having() })).toBeNull();
  const env = { VK_DRIVER_FILES: "/mine.json" };
  expect(findSoftwareVulkan(null, { env, exists: having("/mine.json") })).toBe("/mine.json");
  expect(findSoftwareVulkan(null, { env, exists: having("/usr/lib/chromium/vk_swiftshader_icd.json") })).toBeNull();
});
