/** @file The page as the service serves it: isolated, under its content security policy, and restoring without the API. */
import { beforeAll, expect, test } from "vitest";
import { pageTest } from "../page.js";
import { builtPage, openSite, restoreInPage } from "../web/web-page.js";
import { part, runService } from "./running-service.js";

let site: string;
beforeAll(async () => {
  site = await builtPage();
});

pageTest(
  "restores with threads, breaks no policy, and is kept as long as it may be",
  async () => {
    await using service = await runService({ site });
    await using opened = await openSite(`${service.url}/?device=wasm`);
    const restored = await restoreInPage(opened.page, {
      ...{ photo: await part(48, 40).png().toBuffer(), name: "part.png", settings: { steps: 0, restoreSharp: true } },
      downloads: [{ what: 0 }],
    });
    expect(restored).toMatchObject({ width: 48, height: 40, samples: 1 });
    expect(restored.device).toMatch(/^WebAssembly, [2-8] threads/);
    expect(opened.errors).toEqual([]);
    expect(opened.requests.some((url) => url.includes("/v1/"))).toBe(false);
    const page = await fetch(service.url);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    const script = /assets\/main-[^"]+\.js/.exec(await page.text())![0];
    expect((await fetch(`${service.url}/${script}`)).headers.get("cache-control")).toContain("immutable");
  },
  120_000,
);

test("not built, it says how", async () => {
  await using service = await runService({ site: "/nowhere" });
  expect(service.hasSite).toBe(false);
  expect(await (await fetch(service.url)).text()).toContain("npm run build:web");
});
