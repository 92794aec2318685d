/** @file All commands, in the order of the help. The first is the default command. */
import type { Commands } from "./program.js";

export const COMMANDS: Commands = {
  deblur: async () => (await import("./commands/deblur.js")).deblur,
  prepare: async () => (await import("./commands/prepare.js")).prepare,
  train: async () => (await import("./commands/train.js")).train,
  watch: async () => (await import("./commands/watch.js")).watch,
  evaluate: async () => (await import("./commands/evaluate.js")).evaluate,
  compare: async () => (await import("./commands/compare.js")).compare,
  explain: async () => (await import("./commands/explain.js")).explain,
  experiment: async () => (await import("./commands/experiment.js")).experiment,
  import: async () => (await import("./commands/import.js")).importCommand,
  pack: async () => (await import("./commands/pack.js")).pack,
  export: async () => (await import("./commands/export.js")).exportCommand,
  models: async () => (await import("./commands/models.js")).models,
  blur: async () => (await import("./commands/blur.js")).blur,
  serve: async () => (await import("./commands/serve.js")).serve,
  worker: async () => (await import("./commands/worker.js")).worker,
};

const COMPUTING = ["deblur", "evaluate", "explain"];

/**
 * Returns whether the command `word` computes whole pictures with networks. Training does not count: it keeps its
 * memory between steps.
 */
export const computesPictures = (word: string | undefined): boolean =>
  word !== undefined &&
  (Object.hasOwn(COMMANDS, word) ? COMPUTING.includes(word) : !/^(-h|--help|-V|--version)$/.test(word));
