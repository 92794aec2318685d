/** @file Exports a model as ONNX files, one per network, with metadata about inputs, outputs and the noise process. */
import { argumentError, UnblurError } from "../../base/errors.js";
import { createProcess, isSchedule } from "../../diffusion/process.js";
import { encodeModel, OPSET } from "../../graph/onnx.js";
import { concat, slice } from "../../graph/ops/shape.js";
import { createNetwork, type NetworkConfig } from "../../networks/catalog.js";
import { deviationNetwork } from "../../networks/deviation-network.js";
import type { Network } from "../../networks/network.js";
import type { Weights } from "../../nn/parameters.js";
import { deconvolves, type Part } from "../../restoration/model-config.js";
import type { Model } from "../../restoration/restorer.js";
import { type ExportedForm, exportNetwork, type FilePicture } from "./export-network.js";
import type { ExportedFile } from "./verify-export.js";

/** Exported files by their last part; the predictor's file includes the motion network. */
export const ROLES = {
  predictor: "predictor",
  uncertainty: "uncertainty",
  diffusion: "denoiser",
} as const satisfies Record<Exclude<Part, "motion" | "blur" | "knownKernel">, string>;
export type ExportRole = (typeof ROLES)[keyof typeof ROLES];

export interface ModelExport extends ExportedFile {
  readonly role: ExportRole;
}

const unit = (name: string): FilePicture => ({ name, channels: 3, range: "unit" });
const BLURRY = unit("blurry");
/** Input for the blind deconvolution of the photo; the photo itself if it is not available. */
export const DECONVOLVED = unit("deconvolved");

/** Roles of the files that a model is exported to. */
export const rolesOf = ({ config }: Model): ExportRole[] => [
  ...(config.predictor ? [ROLES.predictor] : []),
  ...(config.uncertainty && config.diffusion ? [ROLES.uncertainty] : []),
  ...(config.diffusion ? [ROLES.diffusion] : []),
];

/** The format's own limit is 2 GiB; a megabyte is left for the graph. */
const MAX_BYTES = 2 ** 31 - 2 ** 20;

/**
 * Exports one file. Throws `argument` for a network without a form for any size, or with more than `mostBytes` of
 * weights, the limit of a file.
 */
export function exportRole(model: Model, role: ExportRole, { mostBytes = MAX_BYTES } = {}): ModelExport {
  const part: Part = role === "denoiser" ? "diffusion" : role;
  if (model.config.scale)
    throw new UnblurError(
      "argument",
      `export: model "${model.name}" enlarges by ${model.config.scale}; expected a model whose results have the photo's size`,
    );
  const needed: readonly Part[] = part === "predictor" && model.config.motion ? ["motion", part] : [part];
  const weights = new Map(needed.flatMap((one) => [...weightsOf(model, one)]));
  const config = model.config[part]!;
  for (const one of needed) refuseTiles(model.name, one, model.config[one]!.network);
  if (part === "predictor") refuseEstimates(model);
  const plain = exportedNetwork(config.network, part === "predictor" ? (model.config.motion?.network ?? null) : null);
  const network = part === "uncertainty" ? deviationNetwork(plain) : plain;
  const form = FORMS[role](model);
  const content = exportNetwork(network, weights, form);
  const bytes = content.constants.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > mostBytes)
    throw new UnblurError(
      "argument",
      `export: expected at most ${mostBytes} bytes of weights, which is what one ONNX file holds, got ${bytes}; no files with external data are written`,
    );
  const file = encodeModel({
    ...content,
    description: `${model.name}: ${role}, exported by unblur; the metadata describe inputs and outputs`,
    metadata: {
      "unblur.model": model.name,
      "unblur.role": role,
      "unblur.network": JSON.stringify(config.network),
      ...(needed.includes("motion") ? { "unblur.motion": JSON.stringify(model.config.motion!.network) } : {}),
      "unblur.opset": String(OPSET),
      ...METADATA[role](model),
    },
  });
  return { role, file, form, network, weights };
}

/**
 * Refuses networks that are computed in tiles: these are cut and blended outside the network, which one file cannot do.
 */
function refuseTiles(name: string, part: Part, network: NetworkConfig): void {
  const { tiles } = createNetwork(network);
  if (tiles)
    throw new UnblurError(
      "argument",
      `export: expected networks for photos of any size, but the ${part} of "${name}" (${network.architecture}) is computed in blended tiles of ${tiles.sidePx} px; export a model without it, such as "fast"`,
    );
}

/** Refuses predictors whose inputs other programs cannot compute: they cannot estimate blur. */
function refuseEstimates({ name, config }: Model): void {
  if (config.motion?.yields)
    throw new UnblurError(
      "argument",
      `export: the motion network of "${name}" yields to the deconvolution, which other programs cannot compute; export a model without "yields"`,
    );
  if (config.predictor?.keepsMotion)
    throw new UnblurError(
      "argument",
      `export: the predictor of "${name}" keeps the motion network's picture in places, which other programs cannot compute; export a model without "keepsMotion"`,
    );
  if (config.predictor?.inputs.includes("residual"))
    throw new UnblurError(
      "argument",
      `export: expected a predictor of pictures, but that of "${name}" sees the residual of its own deconvolution, which other programs cannot compute; export a model without it`,
    );
}

function weightsOf(model: Model, part: Part): Weights {
  const weights = model.weights[part];
  if (!weights) throw new UnblurError("checkpoint", `model "${model.name}": the weights of its ${part} are missing`);
  return weights;
}

/** The network of a file, with the motion network in front if there is one. */
export function exportedNetwork(network: NetworkConfig, motion: NetworkConfig | null): Network {
  const last = createNetwork(network);
  return motion ? withMotion(createNetwork(motion), last) : last;
}

const predictorForm = ({ config }: Model): ExportedForm => ({
  pictures: [BLURRY, ...(deconvolves(config) ? [DECONVOLVED] : [])],
  takesLevel: false,
  // A diffusion of the residual needs the unclipped prediction, including values beyond black and white.
  ...(config.diffusion ? { result: unit("prediction"), clip: false } : { result: unit("restored"), clip: true }),
});

const denoiserForm = ({ config }: Model): ExportedForm => ({
  pictures: [BLURRY, ...(config.predictor ? [unit("prediction")] : []), { ...unit("x_t"), range: "signed" }],
  takesLevel: true,
  result: { ...unit("output"), range: "signed" },
  clip: false,
});

const uncertaintyForm = ({ config }: Model): ExportedForm => ({
  pictures: [BLURRY, unit("prediction")],
  takesLevel: false,
  result: {
    name: "deviation",
    channels: createNetwork(config.uncertainty!.network).outChannels,
    range: "signed",
  },
  clip: false,
});

const FORMS = {
  predictor: predictorForm,
  uncertainty: uncertaintyForm,
  denoiser: denoiserForm,
} as const satisfies Record<ExportRole, (model: Model) => ExportedForm>;

const PICTURE = "float32 [batch, 3, height, width], RGB";

const predictorMetadata = ({ config }: Model): Record<string, string> => ({
  "unblur.inputs": JSON.stringify({
    blurry: `${PICTURE}, from 0 (black) to 1 (white), sRGB as in a file`,
    ...(deconvolves(config)
      ? {
          [DECONVOLVED.name]: `${PICTURE}, the blurry photo after blind deconvolution, range and encoding alike; the blurry photo itself gives less, but no errors`,
        }
      : {}),
  }),
  "unblur.outputs": JSON.stringify(
    config.diffusion
      ? { prediction: `${PICTURE}, from about 0 to 1, not clipped` }
      : { restored: `${PICTURE}, from 0 (black) to 1 (white), clipped` },
  ),
});

const uncertaintyMetadata = ({ config }: Model): Record<string, string> => ({
  "unblur.inputs": JSON.stringify({
    blurry: `${PICTURE}, from 0 (black) to 1 (white), sRGB as in a file`,
    prediction: `${PICTURE}, as the predictor's file gives it`,
  }),
  "unblur.outputs": JSON.stringify({
    deviation: `float32 [batch, ${createNetwork(config.uncertainty!.network).outChannels}, height, width]: what the residual of each pixel was divided by, 2 from black to white`,
  }),
});

function denoiserMetadata({ config }: Model): Record<string, string> {
  const { prediction, schedule, scale, clip } = config.diffusion!;
  const factor = scale === "uncertainty" ? "deviation" : "scale";
  const forward = createProcess(schedule);
  return {
    "unblur.inputs": JSON.stringify({
      blurry: `${PICTURE}, from 0 (black) to 1 (white), sRGB as in a file`,
      ...(config.predictor ? { prediction: `${PICTURE}, as the predictor's file gives it` } : {}),
      x_t: `${PICTURE}: (signal x_0 + noise eps) / sqrt(signal^2 + noise^2)`,
      level: "float32 [batch, 1]: signal / sqrt(signal^2 + noise^2), which is sqrt(alpha_bar)",
    }),
    "unblur.outputs": JSON.stringify({ output: `${PICTURE}: ${prediction}` }),
    "unblur.x_0": config.predictor
      ? `the residual: restored = prediction + ${factor} / 2 * x_0, clipped to 0 .. 1`
      : "the image: restored = (x_0 + 1) / 2, clipped to 0 .. 1",
    "unblur.prediction": prediction,
    "unblur.scale": String(scale),
    "unblur.clip": String(clip),
    "unblur.process": JSON.stringify(schedule),
    ...(isSchedule(forward) ? { "unblur.alpha_bars": JSON.stringify([...forward.alphaBars]) } : {}),
    "unblur.sampling": JSON.stringify(config.sampling),
  };
}

const METADATA = {
  predictor: predictorMetadata,
  uncertainty: uncertaintyMetadata,
  denoiser: denoiserMetadata,
} as const satisfies Record<ExportRole, (model: Model) => Record<string, string>>;

/**
 * A motion network and the predictor that takes its result, as one network. Input: [photo, deconvolution]. The predictor
 * is applied to [photo, result of the motion network], followed by the deconvolution if it has channels for it. Throws
 * `argument` if a parameter name occurs in both networks.
 */
function withMotion(motion: Network, predictor: Network): Network {
  const parameters = [...motion.parameters, ...predictor.parameters];
  const twice = parameters.find(({ label }, i) => parameters.findIndex((other) => other.label === label) !== i);
  if (twice) throw argumentError("withMotion", "parameters of different names", `"${twice.label}" in both networks`);
  return {
    parameters,
    inChannels: 2 * motion.outChannels,
    outChannels: predictor.outChannels,
    multiple: Math.max(motion.multiple, predictor.multiple), // powers of two
    reachPx: motion.reachPx === null || predictor.reachPx === null ? null : motion.reachPx + predictor.reachPx,
    forward({ image }) {
      const channels = motion.outChannels;
      const better = motion.forward({ image: slice(image, 1, 0, motion.inChannels) }).at(-1)!;
      const deconvolution = predictor.inChannels > 2 * channels ? [slice(image, 1, channels, 2 * channels)] : [];
      return predictor.forward({ image: concat([slice(image, 1, 0, channels), better, ...deconvolution], 1) });
    },
  };
}
