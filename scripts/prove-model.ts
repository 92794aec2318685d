/**
 * @file Measures a model and writes the page that shows it:
 *
 *   npx tsx scripts/prove-model.ts --data DATA/gopro/validation [--model default] [--shake PAIRS] [--maxim PICTURES] [--out docs/results/default-model.html]
 *
 * PICTURES: what `unblur FRAMES --model maxim --out PICTURES` wrote of the blurry frames, after `unblur import maxim`. PAIRS: what `unblur blur DATA/photos/kodak*.jpg --out PAIRS --seed 3` wrote. The table for the model's card goes to stdout.
 */

import { parseArgs } from "node:util";
import { quoteForShell } from "../apps/cli/recorded-command.js";
import { environment } from "../platform/node/environment.js";
import { writeFileAtomically } from "../platform/node/files/atomic-file.js";
import { loadRestorer } from "../platform/node/models/load-restorer.js";
import { proveFrames, proveOn, proveOnSharp } from "../platform/node/runs/prove-model.js";
import { proofMarkdown, proofReport } from "../src/paper/model-proof.js";
import { reportPage } from "../src/reports/page.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    model: { type: "string", default: "default" },
    shake: { type: "string" },
    maxim: { type: "string" },
    samples: { type: "string", default: "4" },
    crop: { type: "string", default: "320" },
    seed: { type: "string", default: "0" },
    out: { type: "string", default: "docs/results/default-model.html" },
  },
});
const { data, model, shake, maxim, out } = values;
if (!data) throw new Error("--data is needed: a folder of pairs");

const samples = Number(values.samples);
const restorer = await loadRestorer(model);
const beside = maxim ? [{ label: "MAXIM-3S", folder: maxim }] : [];
try {
  const proved = await proveFrames(restorer, data, {
    ...{ beside, samples, cropPx: Number(values.crop), seed: Number(values.seed) },
    onProgress: (what) => console.error(what),
  });
  const tests = shake
    ? [
        await proveOn(restorer, shake, "Kodak with shake of 7 to 25 px", "unblur blur kodak*.jpg --seed 3, --steps 0"),
        await proveOnSharp(restorer, shake, "the same photos, sharp, restored nevertheless"),
      ]
    : [];
  const { versions, ...where } = environment("cpu");
  // Folders of the machine it is made on are named after what they hold.
  const folders = ["data", "shake", "maxim"];
  const words = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, folders.includes(name) ? name.toUpperCase() : quoteForShell(value)],
  );
  const proof = {
    ...{ model: restorer.name, samples, ...proved, tests },
    provenance: { command: `npx tsx scripts/prove-model.ts ${words.join(" ")}`, facts: { ...where, ...versions } },
  };
  await writeFileAtomically(out, new TextEncoder().encode(reportPage(proofReport(proof))));
  console.log(proofMarkdown(proof));
  const mean = (list: readonly number[]) => (list.reduce((sum, value) => sum + value, 0) / list.length).toFixed(2);
  for (const { what, before, after } of tests)
    console.log(
      `${what}: ${mean(before)} to ${mean(after)} dB, least ${Math.min(...after).toFixed(2)}, n = ${after.length}`,
    );
} finally {
  await restorer.release();
}
