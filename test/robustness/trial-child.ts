/** @file The child of `children.ts`: runs trials one after another and tells its parent what came of each. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnblurError } from "../../src/base/errors.js";
import { Rng } from "../../src/base/random.js";
import type { Trial, TrialNews, TrialOrder } from "./children.js";
import type { Outcome } from "./part.js";
import { messageFault } from "./plain-message.js";

const [part, module] = process.argv.slice(2) as [string, string];
const { trial } = (await import(module)) as { trial: Trial };
const folder = mkdtempSync(join(tmpdir(), "trial-"));

const tell = (news: TrialNews): Promise<void> =>
  new Promise((resolve, reject) => process.send!(news, (error: Error | null) => (error ? reject(error) : resolve())));

function judged(error: unknown): Pick<Outcome, "ending" | "detail"> {
  if (!(error instanceof UnblurError))
    return { ending: "failed", detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  const fault = messageFault(error.message);
  return fault === null
    ? { ending: "refused", detail: error.message }
    : { ending: "unclear", detail: `${fault}: ${error.message}` };
}

async function outcomeOf(seed: number, index: number): Promise<Outcome> {
  const begun = performance.now();
  const rng = Rng.fromSeed(seed).fork(part, index);
  let result: Pick<Outcome, "ending" | "detail"> = { ending: "accepted", detail: "" };
  try {
    await trial({ rng, index, folder });
  } catch (error) {
    result = judged(error);
  }
  return { trial: index, ...result, elapsedMs: Math.round(performance.now() - begun) };
}

process.once("message", async ({ seed, first, end }: TrialOrder) => {
  for (let index = first; index < end; index++) {
    mkdirSync(folder, { recursive: true });
    await tell({ kind: "begun", trial: index });
    const outcome = await outcomeOf(seed, index);
    for (const left of readdirSync(folder)) rmSync(join(folder, left), { recursive: true, force: true });
    await tell({ kind: "ended", outcome, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) });
  }
  process.disconnect();
  process.exit(0);
});
