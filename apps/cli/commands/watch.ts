/** @file `unblur watch`: a page that follows training runs. */
import * as z from "zod";
import { whenAborted } from "../../../platform/node/threads/when-aborted.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";

export const watch = defineCommand({
  name: "watch",
  summary: "Watch training on a page: curves, sample pictures and settings of one run or several.",
  examples: [
    "unblur watch runs/00007-mine",
    "unblur watch runs --port 9000",
    "unblur watch runs/00007-mine --export report.html",
  ],
  details: [
    "The page updates while a run trains and shows finished runs as well. The run folders are not changed.",
    "--export writes one self-contained HTML file, which opens offline, and stops.",
  ],
  arguments: { path: z.string().meta({ value: "RUN|RUNS", description: "Folder of a run, or one that holds runs" }) },
  options: {
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(8081)
      .describe("Port to listen on, for this machine only; 0 for any free port"),
    export: z.string().optional().meta({ value: "FILE", description: "Write the page as one HTML file instead" }),
  },
  async run({ path, port, export: file }, io) {
    const { findRuns } = await import("../../watch/watched-run.js");
    const onProblem = (problem: string) => io.say(`left out: ${problem}`);
    if (file !== undefined) {
      const { exportRuns } = await import("../../watch/export-runs.js");
      const runs = await findRuns(path, onProblem);
      for (const run of runs) await run.update();
      await exportRuns(runs, file);
      io.print(file);
      return EXIT.done;
    }
    const { startWatch } = await import("../../watch/server.js");
    const watch = await startWatch(path, port, onProblem);
    io.say(`watching at ${watch.url}; Ctrl-C stops`);
    await whenAborted(io.signal);
    await watch.close();
    return EXIT.done;
  },
});
