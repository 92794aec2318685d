/** @file Options shared by every command that restores. */
import * as z from "zod";
import { knobs } from "../../src/restoration/knobs.js";

export const threadsOption = z
  .int()
  .min(1)
  .max(1024)
  .optional()
  .describe("CPU threads, capped at the number of processors or the CPU quota (default: all)");

export const keepToneOption = knobs.keepTone.meta({
  without: "Let the brightness and colours change on scales of about 64 px and more; by default they stay the photo's",
});
