/** @file All commands, in the order of the help. The first one is meant when a command line names none. */
import type { Command } from "./command.js";
import { blur } from "./commands/blur.js";
import { deblur } from "./commands/deblur.js";
import { evaluate } from "./commands/evaluate.js";
import { experiment } from "./commands/experiment.js";
import { explain } from "./commands/explain.js";
import { exportCommand } from "./commands/export.js";
import { importCommand } from "./commands/import.js";
import { models } from "./commands/models.js";
import { serve } from "./commands/serve.js";
import { train } from "./commands/train.js";
import { watch } from "./commands/watch.js";

export const COMMANDS: readonly Command[] = [
  deblur,
  train,
  watch,
  evaluate,
  explain,
  experiment,
  importCommand,
  exportCommand,
  models,
  blur,
  serve,
];
