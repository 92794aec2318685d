/** @file `unblur prepare`: computes the scenes of a training set before training and writes them as pictures. */
import { resolve } from "node:path";
import * as z from "zod";
import { loadPlan } from "../../../platform/node/data/load-plan.js";
import { prepareScenes } from "../../../platform/node/data/prepare-scenes.js";
import { configMotion } from "../../../platform/node/runs/training-run.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { preparationLines } from "../prepare-progress.js";
import { readRunConfig } from "../read-run-config.js";
import { threadsOption } from "../shared-options.js";
import { UsageError } from "../usage-error.js";

export const prepare = defineCommand({
  name: "prepare",
  summary: "Prepare the scenes that a model with blind deconvolution is trained on.",
  examples: ["unblur prepare --config my.json --data PHOTOS --out scenes"],
  details: [
    "A config with data.deconvolved trains on a fixed number of scenes. Each becomes a picture in every folder of --out:",
    "blurry and sharp (a data set of pairs), deconvolved-*, residual-* and motion-* as the model needs them.",
    "Ctrl-C stops after the current scenes with exit code 130; the same command continues with the missing ones.",
    "`unblur train --config my.json --data PHOTOS --prepared scenes` trains on them.",
  ],
  options: {
    config: z.string().meta({ value: "FILE", description: "Config of the training run; JSON" }),
    data: z.string().meta({ value: "DIR", description: "Folder that the paths in the config refer to" }),
    out: z.string().meta({ value: "DIR", description: "Folder for the scenes; may hold some of them" }),
    threads: threadsOption,
  },
  async run({ config: file, data, out, threads }, io) {
    const config = await readRunConfig(file);
    if (!config.data.deconvolved)
      throw new UsageError(`--config: "${file}" has no data.deconvolved: train reads its photos without preparation`);
    const root = resolve(data);
    const { plan, problems } = await loadPlan(config.data, root, config.batchSize);
    const onBadFile = (reason: string) => io.say(`left out: ${reason}`);
    problems.forEach(onBadFile);
    const motion = await configMotion(config);
    await prepareScenes({
      ...{ plan, root, seed: config.seed, motion, out, threads, onBadFile },
      ...{ signal: io.signal, ...preparationLines(io) },
    });
    io.say(`${config.data.deconvolved.scenes} scenes are prepared`);
    io.print(out);
    return EXIT.done;
  },
});
