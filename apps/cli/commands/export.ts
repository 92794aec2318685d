/** @file `unblur export`: writes a model as files for other programs. */
import * as z from "zod";
import { type ExportedModelFile, exportModel } from "../../../platform/node/models/export-model.js";
import { OPSET } from "../../../src/graph/onnx.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { POOLING_OPTIONS, poolingOf } from "../pooling-option.js";

export const exportCommand = defineCommand({
  name: "export",
  summary: "Write a model as ONNX files for photos of any size, to run without unblur.",
  examples: [
    "unblur export default --format onnx",
    "unblur export runs/00001-mine --format onnx --out mine.onnx",
    "unblur export nafnet-32 --format onnx --pooling local --train-px 256",
  ],
  arguments: {
    model: z
      .string()
      .min(1)
      .meta({ value: "NAME|PATH", description: "Name of a model (unblur models), model folder or training run" }),
  },
  options: {
    format: z.enum(["onnx"]).default("onnx").describe("Format of the files"),
    out: z
      .string()
      .min(1)
      .optional()
      .meta({ short: "o", value: "FILE", description: "Output file (default: NAME.onnx)" }),
    force: z.boolean().default(false).meta({ short: "f", description: "Replace existing files" }),
    ...POOLING_OPTIONS,
    threads: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe(
        "CPU threads for the comparison, capped at the number of processors or the CPU quota (default: UNBLUR_THREADS, or all)",
      ),
    json: z.boolean().default(false).describe("Print one JSON object per file"),
  },
  details: [
    [
      "A predictor alone is one file. Its input and output are RGB photos [batch, 3, height, width] from 0 to 1, of any height and width. A",
      "model with a diffusion has two files, NAME-predictor.onnx and NAME-denoiser.onnx. The denoiser computes one step; the sampler is yours.",
      `Files include the weights, use only standard operators (opset ${OPSET}) and describe their inputs and outputs in their metadata.`,
    ].join("\n"),
    "Each file is compared with unblur's own engine at two sizes and deleted if the results differ by more than rounding. docs/export.md has examples.",
  ],
  async run({ model, out, force, threads, json, ...options }, io) {
    const pooling = poolingOf(options);
    const files = exportModel(model, {
      ...{ force, signal: io.signal, onProgress: io.progress },
      ...(out === undefined ? {} : { out }),
      ...(pooling ? { pooling } : {}),
      ...(threads === undefined ? {} : { threads }),
    });
    for await (const file of files) {
      io.print(json ? JSON.stringify(file) : file.path);
      if (!json) io.say(describeFile(file));
    }
    return EXIT.done;
  },
});

const describeFile = ({ path, bytes, inputs, output, errors }: ExportedModelFile): string => {
  const worst = errors.map(({ height, width, worst }) => `${worst.toExponential(1)} at ${height} x ${width}`);
  return `${path}: ${(bytes / 1e6).toFixed(1)} MB, ${inputs.join(" + ")} -> ${output}; largest difference from unblur's own engine: ${worst.join(", ")}`;
};
