/** @file All commands, in the order of the help. The first one is meant when a command line names none. */
import type { Commands } from "./program.js";

export const COMMANDS: Commands = {
  deblur: async () => (await import("./commands/deblur.js")).deblur,
  train: async () => (await import("./commands/train.js")).train,
  watch: async () => (await import("./commands/watch.js")).watch,
  evaluate: async () => (await import("./commands/evaluate.js")).evaluate,
  compare: async () => (await import("./commands/compare.js")).compare,
  explain: async () => (await import("./commands/explain.js")).explain,
  experiment: async () => (await import("./commands/experiment.js")).experiment,
  import: async () => (await import("./commands/import.js")).importCommand,
  export: async () => (await import("./commands/export.js")).exportCommand,
  models: async () => (await import("./commands/models.js")).models,
  blur: async () => (await import("./commands/blur.js")).blur,
  serve: async () => (await import("./commands/serve.js")).serve,
  worker: async () => (await import("./commands/worker.js")).worker,
};

const COMPUTING = ["deblur", "evaluate", "explain"];

/** Whether a command line that starts with `word` computes whole pictures with networks. Training keeps its memory from step to step. */
export const computesPictures = (word: string | undefined): boolean =>
  word !== undefined &&
  (Object.hasOwn(COMMANDS, word) ? COMPUTING.includes(word) : !/^(-h|--help|-V|--version)$/.test(word));
