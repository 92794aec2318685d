/** @file The list of models of a host, and hosts that answer with something else. */
import { afterEach, expect, test, vi } from "vitest";
import { risingBytes } from "./cached-bytes.js";
import { loadSiteIndex, type SiteIndex } from "./model-source.js";

afterEach(() => vi.unstubAllGlobals());

const index: SiteIndex = { runtime: { folder: "runtime", bytes: {} }, heifDecoder: "heif.js", models: [] };
const answers = (text: string) => vi.stubGlobal("fetch", async () => new Response(text));

/** A cache that keeps texts by address. */
function stubCache(): Map<string, string> {
  const kept = new Map<string, string>();
  vi.stubGlobal("caches", {
    open: async () => ({
      match: async (url: string) => (kept.has(url) ? new Response(kept.get(url)) : undefined),
      put: async (url: string, response: Response) => void kept.set(url, await response.text()),
    }),
  });
  return kept;
}

test.each(["<!doctype html><title>My app</title>", "{}", ""])("%j in its place is refused in words", async (text) => {
  const kept = stubCache();
  answers(text);
  await expect(loadSiteIndex("https://host/unblur/")).rejects.toMatchObject({
    code: "file",
    message: expect.stringMatching(
      /^https:\/\/host\/unblur\/index\.json: expected unblur's list of models.*serve --export/,
    ),
  });
  expect(kept.size).toBe(0);
});

test("the last good one is used when the host answers with something else", async () => {
  stubCache();
  answers(JSON.stringify(index));
  expect(await loadSiteIndex("https://host/")).toEqual(index);
  answers("<!doctype html>");
  expect(await loadSiteIndex("https://host/")).toEqual(index);
});

test("the share of a download that is reported never falls, and ends at 1", () => {
  const told: number[] = [];
  const report = risingBytes((loaded, total) => told.push(loaded / total));
  // A runtime of 10, then a model listed with 30 whose first file is 5 larger than its list says.
  for (const [loaded, total] of [
    [0, 40],
    [10, 40],
    [30, 40],
    [35, 40],
    [32, 40],
    [40, 40],
    [45, 40],
  ] as const)
    report(loaded, total);
  expect(told).toEqual([0, 0.25, 0.75, 0.875, 1, 1]);
  report(12, 60); // another total
  expect(told).toHaveLength(6);
});
