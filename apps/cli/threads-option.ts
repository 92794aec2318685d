/** @file The option for the number of CPU threads, the same in every command that restores. */
import * as z from "zod";

export const threadsOption = z
  .int()
  .min(1)
  .max(1024)
  .optional()
  .describe("CPU threads, capped at the number of processors (default: all)");
