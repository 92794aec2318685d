import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { embedPicture, writeReport } from "../platform/node/photos/report.js";
import { html } from "../src/reports/html.js";
import { reportPage } from "../src/reports/page.js";
import { pictureRow, pictureStrip } from "../src/reports/pictures.js";
import { linePlot, plotGrid } from "../src/reports/plot.js";
import { reportTable } from "../src/reports/table.js";
import { openPage, pageTest } from "./page.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unblur-report-"));
});
afterAll(() => rm(folder, { recursive: true }));

const square = (level: number, side = 32) => ({
  ...{ width: side, height: side, channels: 3 as const },
  data: Uint8Array.from({ length: 3 * side * side }, (_, i) => (i % 7 === 0 ? 255 - level : level)),
});

async function page(): Promise<string> {
  const pictures = await Promise.all(
    [20, 120, 220].map(async (level) => ({
      ...(await embedPicture(square(level), `grey ${level}`)),
      label: `Level ${level}`,
    })),
  );
  const curve = (name: string, k: number) => ({
    name,
    points: Array.from({ length: 40 }, (_, x) => ({ x, y: Math.sin(x / 5) * k, error: x % 10 === 0 ? 0.1 : null })),
  });
  return reportPage({
    title: "A <b>report</b> & more",
    lead: "All parts of the kit.",
    notes: ["This is a test."],
    sections: [
      {
        title: "Table",
        content: reportTable({
          caption: `Numbers of models, with their standard errors: ${"a sentence of a table. ".repeat(4)}`,
          columns: [
            { label: "Model" },
            { label: "PSNR", number: true, group: "Trained at 64 px" },
            { label: "Gain", number: true, group: "Trained at 64 px" },
            ...["SSIM", "MS-SSIM", "LPIPS"].map((label) => ({ label, number: true })),
          ],
          rows: [
            {
              cells: ["input", { value: 25.6, digits: 2 }, { value: null, digits: 2 }, "-", "-", "-"],
              setApart: true,
            },
            {
              cells: [
                "net",
                { value: 26.1, digits: 2, error: 0.21, best: true },
                { value: 0.5, digits: 2, signed: true },
                ...[0.9, 0.95, 0.1].map((value) => ({ value, digits: 4, error: 0.01 })),
              ],
            },
          ],
        }),
      },
      {
        title: "Plots",
        content: plotGrid([
          linePlot({
            title: "Two waves",
            caption: "Errors at every tenth",
            x: { label: "step" },
            y: { label: "height" },
            series: [curve("one", 1), curve("half", 0.5)],
            references: [{ axis: "y", at: 0.2, label: "reference" }],
          }),
          linePlot({
            title: "Dots",
            x: { label: "evaluations", scale: "log" },
            y: { label: "dB" },
            series: [
              { name: "sampler", dots: true, points: [1, 10, 100].map((x) => ({ x, y: Math.log(x), error: 0.3 })) },
            ],
          }),
        ]),
      },
      {
        title: "Pictures",
        content: html`${pictureRow({ caption: "A row", pictures })}${pictureStrip({
          caption: "A strip",
          columns: ["1", "2", "3"],
          rows: [{ label: "x_t", pictures }],
        })}${pictureStrip({
          caption: "A strip of twelve",
          columns: Array.from({ length: 12 }, (_, i) => `${i + 1} (-100\u00a0dB)`),
          rows: [{ label: "estimate of x_0", pictures: Array.from({ length: 12 }, () => pictures[0]!) }],
        })}`,
      },
    ],
    provenance: { command: "unblur experiment x", facts: { machine: "this <one>", threads: 2 } },
  });
}

pageTest(
  "a page of every part opens without an error or a request, shows pictures and plots, and zooms a whole row",
  async () => {
    const [path] = await writeReport(folder, "all", {
      page: await page(),
      numbers: { a: 1 },
      records: [{ a: 1, b: 'x,"y"' }],
    });
    const facts = await openPage(path!);
    expect(facts).toMatchObject({ errors: [], requests: [], pictures: 18, broken: 0, plots: 2, emptyPlots: 0 });
    expect(facts.hiddenPx).toBe(0);
    expect(facts.overflowPx).toBeLessThanOrEqual(0);
    expect(facts.zoom).toHaveLength(1);
    for (const factor of facts.zoom[0]!) expect(factor).toBeCloseTo(2, 5);
    const narrow = await openPage(path!, { width: 420 });
    expect(narrow.overflowPx).toBeLessThanOrEqual(0);
    expect(narrow.hiddenPx).toBeGreaterThan(100); // a table that is wider than the window
    expect(narrow.cutCaptions).toBe(0);
    expect(JSON.parse(await readFile(join(folder, "all.json"), "utf8"))).toEqual({ a: 1 });
    expect(await readFile(join(folder, "all.csv"), "utf8")).toBe('a,b\r\n1,"x,""y"""\r\n');
  },
);

pageTest(
  "the check of pages sees what is broken: a script's error, a request, a picture and a plot without content",
  async () => {
    const path = join(folder, "broken.html");
    const body = `<img src="data:image/png;base64,AAAA"><img src="http://127.0.0.1:9/a.png"><div class="plot"><svg viewBox="0 0 1 1"></svg></div>`;
    await writeFile(path, `<!doctype html><body>${body}<script>throw new Error("on purpose")</script></body>`);
    const { errors, requests, broken, emptyPlots } = await openPage(path);
    expect(errors.join()).toContain("on purpose");
    expect(requests).toEqual(["http://127.0.0.1:9/a.png"]);
    expect({ broken, emptyPlots }).toEqual({ broken: 2, emptyPlots: 1 });
  },
);
