/**
 * @file A page opened in headless Chromium, as a reader would see it: what went wrong, what it asked the network for,
 * what it shows.
 */
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { afterAll, test } from "vitest";
import { lacks, needed } from "./machine.js";

/** A test that opens pages: skipped where there is no browser, unless CI=true. */
export const pageTest = test.skipIf(lacks("browser"));

const ARGUMENTS = ["--no-sandbox", "--headless", "--disable-background-networking"];

const WITHOUT_GPU = ["--disable-gpu"] as const;

/** Browsers by their flags: one of each for all tests of a file. */
const browsers = new Map<string, Promise<Browser>>();
afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

/** A fresh profile: nothing of other tests is kept or cached in it. `flags`: of the GPU; without any, none is used. */
export async function openProfile(
  options: BrowserContextOptions = {},
  flags: readonly string[] = WITHOUT_GPU,
): Promise<BrowserContext> {
  const key = flags.join(" ");
  let browser = browsers.get(key);
  if (!browser) {
    browser = chromium.launch({ executablePath: needed("browser"), args: [...ARGUMENTS, ...flags] });
    browsers.set(key, browser);
  }
  return (await browser).newContext(options);
}

export interface PageFacts {
  /** Errors of scripts and of the console, refusals of the content security policy among them. */
  readonly errors: readonly string[];
  /** Addresses asked for beside the page itself and what it carries as data. */
  readonly requests: readonly string[];
  readonly pictures: number;
  /** Pictures that could not be decoded. */
  readonly broken: number;
  /** Plots, and those without a single drawn line or dot. */
  readonly plots: number;
  readonly emptyPlots: number;
  /** Wider than the window: the page would scroll sideways. */
  readonly overflowPx: number;
  /** The widest part that a table or strip hides until it is scrolled sideways. */
  readonly hiddenPx: number;
  /** Captions of tables that reach beyond the window's edge. */
  readonly cutCaptions: number;
  /**
   * Rows of pictures after a double click on the first picture of each: how many times all of them are enlarged
   * together.
   */
  readonly zoom: readonly (readonly number[])[];
}

export interface PageOptions {
  readonly width?: number;
  /** Writes what can be seen to this PNG. */
  readonly screenshot?: string;
  readonly dark?: boolean;
}

/** Opens an HTML file from the disk, enlarges its rows of pictures once, and says what it found. */
export async function openPage(
  path: string,
  { width = 1200, screenshot, dark = false }: PageOptions = {},
): Promise<PageFacts> {
  const profile = await openProfile({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light" });
  try {
    const page = await profile.newPage();
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    const address = pathToFileURL(path).href;
    page.on("request", (request) => {
      const url = request.url();
      if (url !== address && !url.startsWith("data:")) requests.push(url);
    });
    await page.goto(address, { waitUntil: "load" });
    if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
    // In the page's own words: the test's compiler knows no DOM.
    const facts = await page.evaluate<Omit<PageFacts, "errors" | "requests">>(`(async () => {
      const all = (selector, root = document) => [...root.querySelectorAll(selector)];
      const images = all("img");
      const decoded = await Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth > 0, () => false)));
      const plots = all(".plot svg[viewBox]").filter((svg) => !svg.closest(".legend"));
      const drawn = (svg) => all("[aria-label=line] path, [aria-label=dot] circle", svg).some((shape) => shape.getBBox().width > 0);
      const zoom = all("[data-zoom]").map((row) => {
        const views = all(".view", row);
        const before = views.map((view) => view.firstElementChild.getBoundingClientRect().width);
        views[0].dispatchEvent(new MouseEvent("dblclick", { bubbles: true, clientX: 0, clientY: 0 }));
        return views.map((view, i) => view.firstElementChild.getBoundingClientRect().width / before[i]);
      });
      return {
        pictures: images.length,
        broken: decoded.filter((fine) => !fine).length,
        plots: plots.length,
        emptyPlots: plots.filter((svg) => !drawn(svg)).length,
        hiddenPx: Math.max(0, ...all(".scroll").map((box) => box.scrollWidth - box.clientWidth)),
        cutCaptions: all("caption > *").filter((text) => text.getBoundingClientRect().right > innerWidth).length,
        overflowPx: document.documentElement.scrollWidth - innerWidth,
        zoom,
      };
    })()`);
    return { errors, requests, ...facts };
  } finally {
    await profile.close();
  }
}
