/** @file The list of models of a host, and hosts that answer with something else. */
import { afterEach, expect, test, vi } from "vitest";
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
