/** @file `unblur photos/ --queue URL --store DIR`: workers on any number of machines restore the photos. */

import { basename } from "node:path";
import type { OutputOptions } from "../../platform/node/photos/output-paths.js";
import { duration } from "../../src/base/duration.js";
import { readAddress } from "../queue/address.js";
import { connect } from "../queue/connection.js";
import { type HandOut, type HandOutEvent, handOut } from "../queue/hand-out.js";
import { Store } from "../queue/store.js";
import { outcomeLine } from "./batch-status.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import type { Io } from "./io.js";

export interface QueuedBatch {
  readonly queue: string;
  readonly store: string;
  readonly files: readonly string[];
  readonly outputs: OutputOptions & { readonly overwrite: boolean; readonly skipExisting: boolean };
  readonly settings: HandOut["settings"];
  readonly json: boolean;
  readonly quiet: boolean;
  command(input: string): string;
}

const PASSED = {
  "there already": "there already",
  "has its outputs": "has its outputs",
  "made by unblur": "made by unblur",
} as const;

export async function runQueuedBatch(batch: QueuedBatch, io: Io): Promise<ExitCode> {
  const { json, quiet } = batch;
  const say = (line: string) => {
    if (!quiet) io.say(line);
  };
  const store = await Store.open(batch.store);
  await using connection = await connect(readAddress(batch.queue), {
    onLost: (why) => io.say(`the connection to the queue's server is lost (${why}); waiting for it`),
    onBack: () => io.say("the queue's server is back"),
  });
  const startedAt = performance.now();
  const [failures, counts] = [[] as string[], { restored: 0, unchanged: 0, skipped: 0 }];
  const paths = async (references: readonly string[]) => Promise.all(references.map((one) => store.path(one)));
  let printing = Promise.resolve();
  const restored = async ({ input, result, plan }: Extract<HandOutEvent, { type: "restored" }>) => {
    const files = await paths(result.files);
    if (json) io.print(JSON.stringify({ ...result, input, outputs: plan.outputs, files }));
    else for (const path of files) io.print(path);
    if (result.sharp) say(`${input}: already sharp, copied unchanged (--restore-sharp restores it anyway)`);
    for (const warning of result.warnings) say(`${input}: ${warning}`);
  };
  const report = (event: HandOutEvent): void => {
    if (event.type === "restored") {
      counts[event.result.sharp ? "unchanged" : "restored"]++;
      printing = printing.then(() => restored(event));
    } else if (event.type === "skipped") {
      counts.skipped++;
      if (json) io.print(JSON.stringify({ input: event.input, skipped: PASSED[event.why] }));
    } else if (event.type === "failed") {
      const { input, code, message } = event;
      failures.push(input);
      if (json) io.print(JSON.stringify({ input, error: { code, message } }));
      io.say(`error: ${message.includes(basename(input)) ? message : `${input}: ${message}`}`);
    } else if (event.type === "refused") say(event.why);
    else if (event.type === "workers") say(workersLine(event.there));
    else if (!quiet) io.progress(progressLine(event, performance.now() - startedAt));
  };
  const { files: inputs, outputs, settings } = batch;
  const command = (input: string) => batch.command(input);
  try {
    await handOut({ connection, store, inputs, outputs, settings, command, signal: io.signal }, report);
  } catch (error) {
    if (io.signal.aborted)
      say("stopped: photos that workers have begun end there; the same command goes on with the others");
    throw error;
  } finally {
    await printing;
  }
  const line = outcomeLine({ ...counts, failures, elapsedMs: performance.now() - startedAt });
  if (failures.length > 0) io.say(line);
  else say(line);
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}

const workersLine = (there: number): string =>
  there > 0
    ? `${there} worker${there === 1 ? " is" : "s are"} connected`
    : "no worker is connected; waiting for one: start `unblur worker` with this --queue and the shared --store";

/** Progress, "120 of 3400 photos, about 2 min left"; the total is unknown while folders are still being read. */
function progressLine(
  { ended, handedOut, isAll }: Extract<HandOutEvent, { type: "progress" }>,
  elapsedMs: number,
): string {
  if (!isAll) return `${ended} photos ended, ${handedOut} handed out, folders are still being read`;
  const left = ended > 0 ? `, ${duration((elapsedMs / ended) * handedOut)} left` : "";
  return `${ended} of ${ended + handedOut} photos${left}`;
}
