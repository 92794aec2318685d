import { resolve } from "node:path";
import { expect, test } from "vitest";
import { unblurHome } from "./home.js";

// Node's `path` joins by the rules of the system that the test runs on, so Windows' separator does not occur here.
test.each([
  ["linux", {}, "/home/me/.local/share/unblur"],
  ["freebsd", {}, "/home/me/.local/share/unblur"],
  ["linux", { XDG_DATA_HOME: "/data" }, "/data/unblur"],
  ["linux", { XDG_DATA_HOME: "data" }, "/home/me/.local/share/unblur"],
  ["darwin", { XDG_DATA_HOME: "/data" }, "/home/me/Library/Application Support/unblur"],
  ["win32", { LOCALAPPDATA: "/local" }, "/local/unblur"],
  ["win32", {}, "/home/me/AppData/Local/unblur"],
  ["linux", { UNBLUR_HOME: "/models", XDG_DATA_HOME: "/data" }, "/models"],
  ["win32", { UNBLUR_HOME: "models" }, resolve("models")],
  ["linux", { UNBLUR_HOME: "" }, "/home/me/.local/share/unblur"],
])("%s with %o", (platform, env, folder) => {
  expect(unblurHome(env, platform, "/home/me")).toBe(folder);
});
