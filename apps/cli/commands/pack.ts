/** @file `unblur pack`: makes a model folder from training runs. */
import * as z from "zod";
import { packModel } from "../../../platform/node/models/pack-model.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { UsageError } from "../usage-error.js";

const run = (description: string) => z.string().min(1).optional().meta({ value: "RUN", description });

export const pack = defineCommand({
  name: "pack",
  summary: "Make a model folder from training runs, with weights in signed bytes.",
  examples: [
    'unblur pack --out models/mine --name mine --summary "For my camera." --license CC-BY-4.0 --predictor runs/00001-predictor --diffusion runs/00002-refiner',
  ],
  details: [
    "The folder is replaced atomically; other files in it, such as the model card, are kept. It also holds the config and a",
    "subsampled log of every run. A run that builds on other parts holds their weights: --motion and --uncertainty only add",
    "their configs and logs.",
  ],
  options: {
    out: z.string().min(1).meta({ short: "o", value: "DIR", description: "Model folder to write" }),
    name: z.string().min(1).describe("Name of the model"),
    summary: z.string().min(1).describe("One sentence for lists"),
    license: z.string().min(1).describe("Licence of the weights"),
    motion: run("Run that trained the motion network"),
    predictor: run("Run that trained the predictor, or a model with it"),
    uncertainty: run("Run that trained the uncertainty network that the diffusion was trained with"),
    diffusion: run("Run that trained the diffusion"),
    blend: run("Run or model whose predictor is averaged in"),
    share: z.number().min(0).max(1).optional().describe("Share of --blend in the predictor's weights (default: 0.5)"),
    steps: z.int().min(0).optional().describe("Diffusion steps of the model (default: those of the run)"),
    strength: z.number().positive().optional().describe("Share of the predictor's correction that is applied"),
    predictionUnasked: z.boolean().default(false).describe("Predict only, unless diffusion steps are requested"),
    yields: z
      .boolean()
      .default(false)
      .describe("Motion network: yield to the deconvolution where the estimates of the blur agree"),
    keepsMotion: z
      .boolean()
      .default(false)
      .describe("Predictor: keep the motion network's picture where the deconvolution is not used"),
  },
  async run({ motion, predictor, uncertainty, diffusion, blend, share, ...options }, io) {
    if (predictor === undefined && diffusion === undefined)
      throw new UsageError("give --predictor RUN, --diffusion RUN or both: there is nothing to pack");
    if (share !== undefined && blend === undefined) throw new UsageError("--share needs --blend RUN");
    await packModel({
      ...options,
      runs: { motion, predictor, uncertainty, diffusion },
      blend: blend === undefined ? undefined : { run: blend, share: share ?? 0.5 },
    });
    io.print(options.out);
    return EXIT.done;
  },
});
