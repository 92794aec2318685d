/** @file Opens a file of `unblur export` as a restorer that computes in exact windows. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import * as z from "zod";
import { UnblurError } from "../../base/errors.js";
import { deconvolve } from "../../deconvolution/deconvolve.js";
import { clipSigned, signedFromUnit, unitFromSigned } from "../../images/pixels.js";
import { networkConfigSchema } from "../../networks/catalog.js";
import { inWindows } from "../../restoration/in-windows.js";
import { PREDICTS, planPrediction } from "../../restoration/plan.js";
import { onePrediction, type Restorer, type RestorerOptions, restorerFrom } from "../../restoration/restorer.js";
import { planWindows } from "../../restoration/windows.js";
import { floatResult, type Runtime, type Session, type TensorValue } from "../../runtime/session.js";
import { DECONVOLVED, exportedNetwork } from "./export-model.js";

/** Fields of onnx.proto3: ModelProto.metadata_props, and key and value of its entries. */
const [METADATA, KEY, VALUE] = [14, 1, 2];

/** The metadata of an ONNX file; empty for another file. */
function onnxMetadata(file: Uint8Array): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  try {
    for (const reader = new BinaryReader(file); reader.pos < reader.len; ) {
      const [field, type] = reader.tag();
      if (field !== METADATA || type !== WireType.LengthDelimited) {
        reader.skip(type, field);
        continue;
      }
      const entry = new BinaryReader(reader.bytes());
      const texts = new Map<number, string>();
      while (entry.pos < entry.len) texts.set(entry.tag()[0], entry.string());
      entries.set(texts.get(KEY) ?? "", texts.get(VALUE) ?? "");
    }
  } catch {
    return new Map();
  }
  return entries;
}

/**
 * Opens the file's predictor: 0 steps, one restoration. `name` is the file's, for errors. Throws `checkpoint` for what
 * `unblur export` did not write, and for a denoiser, which restores nothing alone.
 */
export function createExportedRestorer(
  file: Uint8Array,
  name: string,
  runtime: Runtime,
  { maxPixels = 1_000_000, estimator }: RestorerOptions = {},
): Restorer {
  const about = onnxMetadata(file);
  const config = networkConfigSchema.safeParse(parsed(about.get("unblur.network")));
  if (!config.success)
    throw new UnblurError("checkpoint", `${name}: expected an ONNX file written by unblur export, got another file`);
  if (about.get("unblur.role") !== "predictor")
    throw new UnblurError(
      "checkpoint",
      `${name}: expected a file that gives a photo, got a ${about.get("unblur.role")}: choose the -predictor file, or the model's folder as a .zip for both`,
    );
  const motion = networkConfigSchema.nullable().safeParse(parsed(about.get("unblur.motion")));
  if (!motion.success)
    throw new UnblurError("checkpoint", `${name}: its motion network is not one that this version knows`);
  const { multiple, reachPx } = exportedNetwork(config.data, motion.data);
  const namesIn = (entry: string) => {
    const described = z.record(z.string(), z.unknown()).safeParse(parsed(about.get(entry)));
    if (described.success && Object.keys(described.data).length > 0) return Object.keys(described.data);
    throw new UnblurError("checkpoint", `${name}: expected ${entry} in its metadata, got none; export the model again`);
  };
  const deconvolves = namesIn("unblur.inputs").includes(DECONVOLVED.name);
  const result = namesIn("unblur.outputs")[0]!;
  let open: { readonly size: string; readonly session: Session } | null = null;
  const release = async () => {
    const { session } = open ?? {};
    open = null;
    await session?.release();
  };
  const sessionOf = async (shape: readonly number[]): Promise<Session> => {
    const size = shape.join();
    if (open?.size === size) return open.session;
    await release();
    const value = (value: string) => ({ name: value, dtype: "float32", shape }) as const;
    const inputs = [value("blurry"), ...(deconvolves ? [value(DECONVOLVED.name)] : [])];
    open = { size, session: await runtime.open({ model: file, inputs, outputs: [value(result)] }) };
    return open.session;
  };
  return restorerFrom({
    name: about.get("unblur.model") ?? name,
    ...PREDICTS,
    release,
    async restore(photo, settings, { emit, signal }) {
      planPrediction(name, settings, photo);
      const plan = planWindows(photo.width, photo.height, { multiple, reachPx, maxPixels });
      const pictures = [unitFromSigned(photo)];
      if (deconvolves) pictures.push(unitFromSigned((await deconvolve(photo, { estimator, signal })).deconvolved));
      const shape = [1, 3, plan.windowHeight, plan.windowWidth];
      const session = await sessionOf(shape);
      const { width, height } = photo;
      const total = plan.windows.length;
      const data = await inWindows(
        plan,
        {
          ...{ width, height, inputs: pictures.map((planes) => [planes]), outChannels: 3, signal },
          onWindow: (done) => emit({ type: "progress", progress: { done, total, stage: "predicting" } }),
        },
        async ([blurry, sharper]) => {
          const feeds: Record<string, TensorValue> = { blurry: blurry! };
          if (sharper) feeds[DECONVOLVED.name] = sharper;
          return floatResult(await session.run(feeds), result);
        },
      );
      const restored = { ...photo, data };
      const signed = signedFromUnit(restored);
      clipSigned(signed.data);
      return onePrediction(signed);
    },
  });
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
