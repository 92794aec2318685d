/**
 * @file Everything the service shows, opened in a browser under a name that is not this machine's own, asks no other
 * host: neither the page while it restores nor the description of the API. Needs the built page (`npm run build:web`,
 * as `npm test` does).
 */
import { expect } from "vitest";
import { openProfile, pageTest } from "../page.js";
import { pngPart, runService } from "./running-service.js";

const TOKEN = "0123456789abcdef";

pageTest("the page and the description of the service ask no other host", { timeout: 180_000 }, async () => {
  await using service = await runService({ token: TOKEN });
  const { port } = new URL(service.url);
  const origin = `http://deblur.test:${port}`;
  // Other names lead nowhere, so that nothing leaves this machine.
  const names = "--host-resolver-rules=MAP deblur.test 127.0.0.1, MAP * ~NOTFOUND";
  const flags = ["--disable-gpu", names, `--unsafely-treat-insecure-origin-as-secure=${origin}`];
  const context = await openProfile({}, flags);
  try {
    const [requests, errors]: [string[], string[]] = [[], []];
    context.on("request", (request) => requests.push(request.url()));
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`${origin}/?device=wasm#steps=0&restoreSharp=true`);
    const buffer = Buffer.from(await (await pngPart(48, 40)).arrayBuffer());
    await page.getByLabel("Photo file").setInputFiles({ name: "part.png", mimeType: "image/png", buffer });
    await page.getByText(/^Restored in/).waitFor({ timeout: 120_000 });
    await page.goto(`${origin}/docs`);
    await page.getByText("/v1/restore").first().waitFor();
    await page.waitForLoadState("networkidle");
    const others = requests.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url));
    expect({ others, errors }).toEqual({ others: [], errors: [] });
    expect(requests.some((url) => url.includes("/docs/"))).toBe(true);
  } finally {
    await context.close();
  }
});
