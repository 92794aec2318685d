/** @file The page of `unblur watch`: one file with script and style inside, into which an export inserts its data. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../platform/node/files/package-root.js";
import { UnblurError } from "../../src/base/errors.js";
import type { ExportedRuns } from "./contract.js";

const BUILT = join(PACKAGE_ROOT, "dist-watch", "index.html");

function builtPage(): string {
  if (!existsSync(BUILT))
    throw new UnblurError("file", `${BUILT}: the page is not built; \`npm run build:web\` builds it`);
  return readFileSync(BUILT, "utf8");
}

/** Content security policy that permits scripts by their hash, so nothing in the data can run as a script. */
function policy(page: string): string {
  const hashes = [...page.matchAll(/<script type="module"[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash("sha256").update(script!).digest("base64")}'`,
  );
  return `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'`;
}

/** The page and the header it needs. Throws `file` if it is not built. */
export function livePage(page = builtPage()): { readonly html: string; readonly policy: string } {
  return { html: page, policy: policy(page) };
}

const PLACE = '<script type="application/json" id="runs">null</script>';

/** A page that opens from the disk and makes no network request. */
export function exportedPage(runs: ExportedRuns, page = builtPage()): string {
  if (!page.includes(PLACE)) throw new Error("the page has no place for data");
  const data = JSON.stringify(runs).replaceAll("<", "\\u003c");
  return page
    .replace(PLACE, () => PLACE.replace("null", () => data))
    .replace("<head>", () => `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy(page)}" />`);
}
