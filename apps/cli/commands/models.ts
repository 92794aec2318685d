/** @file `unblur models`: lists the installed models and all architectures. */
import * as z from "zod";
import { hasFeatures } from "../../../platform/node/models/feature-networks.js";
import { hasKernelNetwork } from "../../../platform/node/models/kernel-networks.js";
import { type ListedModel, listModels, type UnreadableModel } from "../../../platform/node/models/list-models.js";
import { installedModels } from "../../../platform/node/models/model-folders.js";
import { ARCHITECTURES, type Architecture } from "../../../src/networks/catalog.js";
import { type NetworkCost, networkCost } from "../../../src/networks/cost.js";
import { KNOWN_KERNEL_NAMES, KNOWN_KERNEL_NETWORKS } from "../../../src/networks/known-kernel/catalog.js";
import { PUBLICATIONS, publishedConfig } from "../../../src/networks/publications.js";
import { FEATURE_NETWORK_NAMES, FEATURE_NETWORKS } from "../../../src/nn/backbones/catalog.js";
import { defineCommand } from "../command.js";
import { EXIT } from "../exit-codes.js";

export const models = defineCommand({
  name: "models",
  summary: "List the installed models and all architectures.",
  examples: ["unblur models", "unblur models --json"],
  options: { json: z.boolean().default(false).describe("Print everything as one object") },
  details: [
    [
      "GMAC/MP: cost of one pass, in billions of multiply-adds (convolutions and matrix products) per million pixels; a diffusion takes one pass",
      "per step. sees: distance to which a pixel's result depends on its surroundings; all: the whole picture, and memory grows with its size.",
      "Checkpoints have their authors' names; licences are those of the published code. `unblur import FILE` installs a checkpoint.",
    ].join("\n"),
  ],
  async run({ json }, io) {
    const [here, architectures] = [await listModels(), allArchitectures()];
    const others = { kernelNetworks: kernelNetworks(), featureNetworks: featureNetworks() };
    const lines = () => [
      ...modelLines(here),
      "",
      ...architectures.flatMap(architectureLines),
      "",
      ...others.kernelNetworks.flatMap((one) => otherLines(one, `deconvolves with a given blur, ${one.use}`)),
      ...others.featureNetworks.flatMap((one) => otherLines(one, "features for measures")),
    ];
    if (json)
      io.print(JSON.stringify({ installedIn: installedModels(), models: here, architectures, ...others }, null, 2));
    else for (const line of lines()) io.print(line);
    return EXIT.done;
  },
});

interface ListedArchitecture {
  readonly architecture: Architecture;
  readonly summary: string;
  readonly source: string;
  readonly code: string | null;
  readonly license: string;
  readonly checkpoints: readonly string[];
  readonly remark: string | null;
  readonly sizes: readonly ({ readonly name: string; readonly settings: object } & NetworkCost)[];
}

const allArchitectures = (): readonly ListedArchitecture[] =>
  (Object.keys(ARCHITECTURES) as Architecture[]).map((architecture) => {
    const { summary, source } = ARCHITECTURES[architecture];
    const { code, license, checkpoints, remark = null, sizes } = PUBLICATIONS[architecture];
    return {
      ...{ architecture, summary, source, code, license, checkpoints, remark },
      sizes: Object.keys(sizes).map((name) => {
        const { architecture: _, ...settings } = publishedConfig(architecture, name);
        return { name, settings, ...networkCost(publishedConfig(architecture, name)) };
      }),
    };
  });

/** A network without a model of its own: its imported weights serve other features. */
interface OtherNetwork {
  readonly name: string;
  readonly label: string;
  readonly file: string;
  readonly source: string;
  readonly license: string;
  readonly installed: boolean;
}

const kernelNetworks = () =>
  KNOWN_KERNEL_NAMES.map((name) => {
    const { label, summary, file, source, license } = KNOWN_KERNEL_NETWORKS[name];
    const use = `unblur photo.jpg --kernel kernel.png --kernel-filter ${name}`;
    return { name, label, summary, file, source, license, use, installed: hasKernelNetwork(name) };
  });

const featureNetworks = (): readonly OtherNetwork[] =>
  FEATURE_NETWORK_NAMES.map((name) => {
    const { label, file, source, license } = FEATURE_NETWORKS[name];
    return { name, label, file, source, license, installed: hasFeatures(name) };
  });

const otherLines = ({ name, label, file, source, license, installed }: OtherNetwork, what: string): string[] => [
  `${name}: ${label}; ${what}; ${installed ? "installed" : "not installed"}`,
  `  ${source}, licence: ${license}; checkpoint ${file}`,
];

/** A number with three significant digits or more: 1.00, 12,345. */
const short = (value: number): string => (value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString("en"));

function costLine(name: string, { parameters, macsPerMegapixel: { at256px, at1024px }, reachPx }: NetworkCost): string {
  const grows = at256px !== null && at1024px !== null && at1024px > 1.1 * at256px ? ", more on larger pictures" : "";
  return [
    `  ${name.padEnd(28)}`,
    `${parameters.toLocaleString("en").padStart(11)} parameters`,
    at1024px === null ? "refuses a megapixel" : `${short(at1024px / 1e9).padStart(6)} GMAC/MP${grows}`,
    `sees ${reachPx === null ? "all" : `${reachPx} px each way`}`,
  ].join("  ");
}

function modelLines(here: readonly (ListedModel | UnreadableModel)[]): string[] {
  return here.flatMap((model) => {
    const where = model.from === "package" ? "in the package" : model.folder;
    if ("problem" in model) {
      const verdict = model.problem.startsWith("not a model") ? "" : "cannot be used: ";
      return [`${model.name} (${where}): ${verdict}${model.problem}`];
    }
    return [
      `${model.name} (${where}): ${model.summary}${model.scale > 1 ? `; enlarges by ${model.scale}` : ""}`,
      ...model.parts.map(({ part, architecture, ...cost }) => costLine(`${part}, ${architecture}`, cost)),
    ];
  });
}

function architectureLines(entry: ListedArchitecture): string[] {
  const { architecture, source, code, license, checkpoints, remark, sizes } = entry;
  const files = checkpoints.length > 0 ? `; checkpoints ${checkpoints.join(", ")}` : "";
  return [
    `${architecture}: ${source}`,
    ...sizes.map(({ name, ...cost }) => costLine(name, cost)),
    ...(code ? [`  code ${code}, licence: ${license}${files}`] : []),
    ...(remark ? [`  (${remark})`] : []),
  ];
}
