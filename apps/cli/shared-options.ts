/** @file Options that are the same in every command that restores. */
import * as z from "zod";
import { knobs } from "../../src/restoration/knobs.js";

export const threadsOption = z
  .int()
  .min(1)
  .max(1024)
  .optional()
  .describe("CPU threads, capped at the number of processors or the CPU quota (default: all)");

export const keepToneOption = knobs.keepTone.meta({
  without: "Let brightness and colours change over some 64 px and more; otherwise they stay those of the photo",
});
