/**
 * @file Converts Flax weights to our layouts. The paths of modules are the same. The last part of a path names the
 * layer's tensor: `kernel` [height, width, in, out] or [in, out], `bias`, and `scale` of a layer normalisation.
 */
import { UnblurError } from "../base/errors.js";
import type { Parameter } from "../nn/parameters.js";
import type { CheckpointTensor } from "./content.js";

type Shape = readonly number[];

/**
 * Layout of transposed convolutions' kernels. Flax computes them as convolutions of the stretched image, so its
 * checkpoints hold kernels [2, 2, in, out] rotated by 180 degrees. The exporter to TensorFlow rotated them back and
 * swapped their channels: [2, 2, out, in].
 */
export type TransposedKernels = "flax" | "tensorflow";

/** Path of a parameter's tensor in the Flax tree, e.g. `stage_0_input_conv_0/kernel`. */
export function flaxPath({ label, shape }: Parameter): string {
  const parts = label.split(".");
  const leaf = parts.pop();
  const scale = leaf === "weight" && shape.length === 1;
  return [...parts, leaf === "bias" ? "bias" : scale ? "scale" : "kernel"].join("/");
}

/**
 * Weights of `parameters` from the tensors of a Flax tree. Throws `checkpoint` for a missing tensor or another shape.
 */
export function weightsFromFlax(
  parameters: readonly Parameter[],
  find: (path: string) => CheckpointTensor | undefined,
  transposed: TransposedKernels,
): Map<string, Float32Array> {
  return new Map(
    parameters.map((parameter) => {
      const path = flaxPath(parameter);
      const tensor = find(path);
      const expected = flaxShape(parameter, transposed);
      // Axes of length 1 are ignored: a 1x1 convolution is a dense layer, and a bias is stored ready to be broadcast.
      if (!tensor || withoutOnes(tensor.shape) !== withoutOnes(expected))
        throw new UnblurError(
          "checkpoint",
          `${path}: expected [${expected}], got ${tensor ? `[${tensor.shape}]` : "nothing"}; these are weights of another network`,
        );
      return [parameter.label, ourLayout(parameter, tensor.values, transposed)];
    }),
  );
}

const withoutOnes = (shape: Shape): string => shape.filter((length) => length !== 1).join();

const isTransposed = ({ label }: Parameter): boolean => /\.?ConvTranspose_\d+\.weight$/.test(label);

function flaxShape(parameter: Parameter, transposed: TransposedKernels): Shape {
  const { shape } = parameter;
  if (shape.length === 2) return [shape[1]!, shape[0]!];
  if (shape.length !== 4) return shape;
  const [first, second, height, width] = shape as [number, number, number, number];
  if (!isTransposed(parameter)) return [height, width, second, first];
  return transposed === "flax" ? [height, width, first, second] : [height, width, second, first];
}

/** [O, I] from [I, O]; [O, I, H, W] from [H, W, I, O]; transposed kernels as [I, O, H, W] with their taps in order. */
function ourLayout(parameter: Parameter, data: Float32Array, transposed: TransposedKernels): Float32Array {
  const { shape } = parameter;
  if (shape.length === 1) return data.slice();
  const [first, second] = shape as [number, number];
  const taps = shape.slice(2).reduce((product, length) => product * length, 1);
  const turned = isTransposed(parameter) && transposed === "flax";
  const out = new Float32Array(data.length);
  let to = 0;
  for (let a = 0; a < first; a++)
    for (let b = 0; b < second; b++)
      for (let tap = 0; tap < taps; tap++) {
        const from = turned ? ((taps - 1 - tap) * first + a) * second + b : (tap * second + b) * first + a;
        out[to++] = data[from]!;
      }
  return out;
}
