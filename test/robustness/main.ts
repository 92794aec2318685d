/**
 * @file `npm run robustness -- --count N [--part NAME] [--seed S] [--first K] [--json]`: hostile inputs of every kind,
 * with a table of how they ended. `--total N` instead of `--count` divides N trials among the parts by their shares.
 * Exit code 1 if any ended in a fault. A fault is named with the options that repeat it.
 */
import { parseArgs } from "node:util";
import { PARTS } from "./catalog.js";
import { ENDINGS, type Ending, isFault, MEANINGS, type Outcome, type RobustnessPart } from "./part.js";

/** Faults printed per part; the table counts all. */
const LISTED = 20;

const whole = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`--${name} must be a whole number from ${least}, got ${text}; give one`);
  return value;
};

function optionsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: "string" },
      total: { type: "string" },
      part: { type: "string", multiple: true, default: Object.keys(PARTS) },
      seed: { type: "string", default: "1" },
      first: { type: "string", default: "0" },
      json: { type: "boolean", default: false },
    },
  });
  const unknown = values.part.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined)
    throw new RangeError(`--part must be one of ${Object.keys(PARTS).join(", ")}, got ${unknown}; name one`);
  if (values.count !== undefined && values.total !== undefined)
    throw new RangeError("--count N is of each part, --total N of all parts together; give one of them");
  const total = values.total === undefined ? null : whole("total", values.total, 1);
  const count = whole("count", values.count ?? "1000", 1);
  return {
    parts: values.part,
    countOf: ({ share }: RobustnessPart) =>
      total === null ? count : Math.max(1, Math.round((total * share) / 100_000)),
    seed: whole("seed", values.seed, 0),
    first: whole("first", values.first, 0),
    json: values.json,
  };
}

async function tryPart(name: string, part: RobustnessPart, { countOf, seed, first }: ReturnType<typeof optionsOf>) {
  const count = countOf(part);
  const counts = Object.fromEntries(ENDINGS.map((ending) => [ending, 0])) as Record<Ending, number>;
  const faults: Outcome[] = [];
  let slowestMs = 0;
  for await (const outcome of part.run({ seed, first, count })) {
    counts[outcome.ending]++;
    slowestMs = Math.max(slowestMs, outcome.elapsedMs);
    if (!isFault(outcome.ending)) continue;
    faults.push(outcome);
    if (faults.length <= LISTED)
      console.error(
        `${outcome.ending}: ${outcome.detail.slice(0, 1000)}\n  again: --part ${name} --seed ${seed} --first ${outcome.trial} --count 1`,
      );
  }
  return { part: name, count, counts, slowestMs, faults };
}

async function main(args: string[]): Promise<number> {
  let options: ReturnType<typeof optionsOf>;
  try {
    options = optionsOf(args);
  } catch (error) {
    console.error(`robustness: ${(error as Error).message}`);
    return 2;
  }
  const all: Readonly<Record<string, RobustnessPart>> = PARTS;
  const results = [];
  if (!options.json) console.log(["part".padEnd(14), ...ENDINGS.map((name) => name.padStart(9)), "slowest"].join(" "));
  for (const name of options.parts) {
    const result = await tryPart(name, all[name]!, options);
    results.push(result);
    const counts = ENDINGS.map((ending) => String(result.counts[ending]).padStart(9));
    if (!options.json) console.log([name.padEnd(14), ...counts, `${result.slowestMs} ms`].join(" "));
  }
  const faults = results.reduce((sum, result) => sum + result.faults.length, 0);
  if (options.json) console.log(JSON.stringify({ seed: options.seed, results }, null, 2));
  else {
    for (const ending of ENDINGS) console.log(`${ending}: ${MEANINGS[ending]}`);
    console.log(faults === 0 ? "no faults" : `${faults} faults`);
  }
  return faults === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
