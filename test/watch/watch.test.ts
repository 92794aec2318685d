/**
 * @file The page of `unblur watch` in Chromium: a long run, one that goes on, an exported file. Needs the built page
 * (`npm run build:web`, as `npm test` does).
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportRuns } from "../../apps/watch/export-runs.js";
import { startWatch } from "../../apps/watch/server.js";
import { findRuns } from "../../apps/watch/watched-run.js";
import { violations } from "../accessibility.js";
import { openProfile, pageTest } from "../page.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-watch-"));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const row = (step: number, loss = 1 / step) =>
  `${JSON.stringify({ step, imagesSeen: 8 * step, loss, gradNorm: 2, learningRate: 1e-4, elapsedMs: 250 * step })}\n`;

const unexpected = (problem: string) => expect.unreachable(problem);

function makeRun(
  runs: string,
  name: string,
  { rows, steps, seed }: { rows: number; steps: number; seed: number },
): string {
  const path = join(folder, runs, name);
  mkdirSync(join(path, "samples"), { recursive: true });
  writeFileSync(join(path, "config.json"), JSON.stringify({ name, steps, seed, learningRate: { peak: 1e-4 } }));
  writeFileSync(join(path, "sessions.jsonl"), '{"command":"train","device":"cpu, 1 thread"}\n');
  const lines: string[] = [];
  for (let step = 1; step <= rows; step++) lines.push(row(step));
  writeFileSync(join(path, "metrics.jsonl"), lines.join(""));
  return path;
}

const square = (colour: string) =>
  sharp({ create: { width: 24, height: 24, channels: 3, background: colour } })
    .png()
    .toBuffer();

async function open(url: string, width = 1200): Promise<{ page: Page; errors: string[]; requests: string[] }> {
  const page = await (await openProfile({ viewport: { width, height: 900 } })).newPage();
  const [errors, requests]: [string[], string[]] = [[], []];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  await page.locator(".uplot").first().waitFor();
  return { page, errors, requests };
}

/** The row of a run in the list, as text. */
const listed = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name }).first().innerText();

pageTest(
  "a run as it goes on: its steps, its pictures, its end appear by themselves; a run that begins is listed",
  async () => {
    const path = makeRun("live", "00001-a", { rows: 20, steps: 40, seed: 1 });
    const watch = await startWatch(join(folder, "live"), 0, unexpected);
    try {
      const { page, errors } = await open(watch.url);
      expect(await listed(page, "00001-a")).toMatch(/training\s+20 of 40/);
      expect(await listed(page, "00001-a")).toMatch(/32\s+5 s\s+5 s/); // images per second, trained for, left
      expect(await page.locator(".uplot .u-title").allInnerTexts()).toEqual([
        "loss",
        "gradient norm",
        "learning rate",
        "images per second",
      ]);
      appendFileSync(join(path, "metrics.jsonl"), row(21).slice(0, 20));
      writeFileSync(join(path, "samples", "step-00000020.png"), await square("red"));
      const picture = page.getByAltText("Sample of 00001-a at step 20");
      await picture.waitFor();
      await expect.poll(() => page.evaluate("document.querySelector('main img').naturalWidth")).toBe(24);
      const rest = Array.from({ length: 20 }, (_, i) => row(21 + i)).join("");
      appendFileSync(join(path, "metrics.jsonl"), rest.slice(20));
      await page.getByText("finished").waitFor();
      expect(await listed(page, "00001-a")).toMatch(/finished\s+40 of 40/);
      makeRun("live", "00002-b", { rows: 3, steps: 40, seed: 2 });
      await page.getByText("00002-b").first().waitFor();
      expect(await page.getByText("Settings that differ: 2").count()).toBe(1); // name and seed
      expect(errors).toEqual([]);
    } finally {
      await watch.close();
    }
  },
  60_000,
);

pageTest(
  "a million steps: drawn whole and in part, smoothed, over other axes, without long tasks",
  async () => {
    makeRun("long", "00001-long", { rows: 1_000_000, steps: 2_000_000, seed: 1 });
    const watch = await startWatch(join(folder, "long"), 0, unexpected);
    try {
      const { page, errors } = await open(watch.url);
      expect(await listed(page, "00001-long")).toContain("1,000,000 of 2,000,000");
      await page.evaluate(`
      globalThis.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
      }).observe({ type: "longtask" });
    `);
      const curve = (query: string) =>
        page.evaluate<{ x: number[]; mean: number[] }>(
          `fetch("api/curve?run=00001-long&metric=loss&${query}").then((answer) => answer.json())`,
        );
      const all = await curve("axis=step");
      expect(all.x.length).toBeGreaterThan(400);
      expect(all.x.length).toBeLessThanOrEqual(1002);
      // The first bucket's mean of 1/step, by the sum itself.
      const last = all.x[0]!;
      let harmonic = 0;
      for (let step = 1; step <= last; step++) harmonic += 1 / step;
      expect(all.mean[0]).toBeCloseTo(harmonic / last, 9);
      const chart = page.getByRole("figure", { name: /^loss over/ });
      const box = (await chart.locator(".u-over").boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 4 });
      await page.mouse.up();
      await page.getByRole("button", { name: "Whole runs" }).isEnabled();
      await expect.poll(() => page.getByRole("button", { name: "Whole runs" }).isEnabled()).toBe(true);
      await page.getByLabel("smoothing").fill("0.95");
      await page.getByRole("combobox", { name: "over" }).selectOption("elapsedMs");
      await page.getByRole("figure", { name: "loss over hours" }).waitFor();
      await page.getByLabel("logarithmic").check();
      await page.waitForTimeout(500);
      expect(page.url()).toMatch(/axis=elapsedMs&smooth=0.95&log=1/);
      expect(await page.evaluate("globalThis.longest")).toBeLessThan(500);
      expect(errors).toEqual([]);
    } finally {
      await watch.close();
    }
  },
  120_000,
);

pageTest(
  "an exported file opens from the disk with everything in it, asks for nothing, and is accessible",
  async () => {
    const path = makeRun("done", "00001-done", { rows: 3000, steps: 3000, seed: 1 });
    makeRun("done", "00002-</script><b>", { rows: 10, steps: 3000, seed: 2 });
    for (const [step, colour] of [
      [1000, "red"],
      [2000, "blue"],
    ] as const)
      writeFileSync(join(path, "samples", `step-0000${step}.png`), await square(colour));
    const runs = await findRuns(join(folder, "done"), unexpected);
    for (const run of runs) await run.update();
    const file = join(folder, "report.html");
    await exportRuns(runs, file);
    const { page, errors, requests } = await open(pathToFileURL(file).href);
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([pathToFileURL(file).href]);
    expect(await listed(page, "00001-done")).toContain("finished");
    expect(await page.locator("b").count()).toBe(0);
    await page.getByLabel(/^step 2,000/).fill("0");
    expect(await page.getByAltText("Sample of 00001-done at step 1000").getAttribute("src")).toMatch(
      /^data:image\/webp/,
    );
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    // Charts take their new width when the browser tells them of it, a frame or two later.
    await expect
      .poll(() => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"))
      .toBeLessThanOrEqual(0);
    expect(errors).toEqual([]);
    expect(readFileSync(file).length).toBeLessThan(1_500_000);
  },
  60_000,
);

test("folders without runs are refused with what was expected", async () => {
  await expect(findRuns(join(folder, "nowhere"), unexpected)).rejects.toThrow(
    /there is no such folder; give the folder of a run/,
  );
  mkdirSync(join(folder, "empty"));
  await expect(startWatch(join(folder, "empty"), 0, unexpected)).rejects.toThrow(
    /contains no run; expected a config.json/,
  );
  const broken = join(folder, "broken", "00001-broken");
  mkdirSync(broken, { recursive: true });
  writeFileSync(join(broken, "config.json"), "{");
  await expect(findRuns(broken, unexpected)).rejects.toThrow(/expected the config of a run as JSON/);
});
