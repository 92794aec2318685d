/** @file The reports in docs/results, opened as a reader would: offline, in Chromium. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPage, pageTest } from "./page.js";

const FOLDER = join(import.meta.dirname, "../docs/results");
const pages = readdirSync(FOLDER).filter((name) => name.endsWith(".html"));

test("Table 1, Figure 3 and Figure 4 are there", () => {
  expect(pages).toEqual(expect.arrayContaining(["figure-3-tiny.html", "figure-4-tiny.html", "table-1-tiny.html"]));
});

describe.each(pages)("%s", (name) => {
  pageTest(
    "opens offline without an error, with pictures and plots drawn, within the width of a telephone",
    async () => {
      const facts = await openPage(join(FOLDER, name));
      expect(facts).toMatchObject({ errors: [], requests: [], broken: 0, emptyPlots: 0, hiddenPx: 0 });
      expect(facts.plots).toBeGreaterThan(0);
      if (!name.startsWith("table")) expect(facts.pictures).toBeGreaterThan(0);
      const narrow = await openPage(join(FOLDER, name), { width: 420 });
      expect(narrow.overflowPx).toBeLessThanOrEqual(0);
      expect(narrow.cutCaptions).toBe(0);
    },
  );

  test("is named with its command in the folder's README", () => {
    expect(readFileSync(join(FOLDER, "README.md"), "utf8")).toContain(`](${name})`);
  });
});
