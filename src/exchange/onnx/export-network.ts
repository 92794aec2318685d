/**
 * @file Exports a network with its weights as an ONNX file for pictures of any size, with pixels from 0 to 1. The file
 * includes the range conversion, padding and crop that `WindowedNetwork` applies around a network.
 */
import { emitAnySize } from "../../graph/any-size/any-size.js";
import { nameResults } from "../../graph/compile.js";
import { Emitter } from "../../graph/emitter.js";
import type { OnnxFile, OpenValue } from "../../graph/onnx.js";
import { input } from "../../graph/tensor.js";
import type { PixelRange } from "../../images/pixels.js";
import type { Network } from "../../networks/network.js";
import { bindWeights, type Weights } from "../../nn/parameters.js";

/** An input or output picture of the file: [batch, channels, height, width]. */
export interface FilePicture {
  readonly name: string;
  readonly channels: number;
  /** "unit": 0 is black and 1 is white, converted in the file; "signed": the network's range. */
  readonly range: PixelRange;
}

export interface ExportedForm {
  /** Input pictures of the network, concatenated along the channels in this order. */
  readonly pictures: readonly FilePicture[];
  /** The network takes the noise level: `level`, [batch, 1]. */
  readonly takesLevel: boolean;
  readonly result: FilePicture;
  /** Clip the result to black and white. */
  readonly clip: boolean;
}

export const LEVEL = "level";

const open = ({ name, channels }: FilePicture): OpenValue => ({
  name,
  dtype: "float32",
  shape: ["batch", channels, "height", "width"],
});

/** The file's content without its description. Throws `argument` for a network without a form for any size. */
export function exportNetwork(
  network: Network,
  weights: Weights,
  { pictures, takesLevel, result, clip }: ExportedForm,
): OnnxFile {
  const emit = new Emitter();
  const multiple = network.padsTo ?? network.multiple;
  const bound = bindWeights(network.parameters, weights);
  const joined = joinPictures(emit, pictures);
  const border = network.padsTo === undefined ? emitReflected : emitBlack;
  const { result: made } = emitAnySize(
    emit,
    {
      multiple,
      build({ n, h, w }) {
        const image = input("image", [n, network.inChannels, h * multiple, w * multiple]);
        const level = input(LEVEL, [n, 1]);
        const outputs = network.forward(takesLevel ? { image, level } : { image });
        return { inputs: [image, level], outputs: { result: outputs.at(-1)! }, weights: bound };
      },
    },
    { image: multiple === 1 ? joined : border(emit, joined, multiple), [LEVEL]: LEVEL },
  ) as { readonly result: string };
  const cropped =
    multiple === 1 ? made : emit.node("Slice", [made, emit.ints([0, 0]), sides(emit, joined), emit.ints([2, 3])]);
  const limited = clip ? emit.node("Clip", [cropped, emit.scalar(-1), emit.scalar(1)]) : cropped;
  const finished = result.range === "unit" ? toUnit(emit, limited) : limited;
  return {
    nodes: nameResults(emit.nodes, [[result.name, finished]]),
    constants: emit.constants,
    inputs: [
      ...pictures.map(open),
      ...(takesLevel ? [{ name: LEVEL, dtype: "float32", shape: ["batch", 1] } as const] : []),
    ],
    outputs: [open(result)],
  };
}

function joinPictures(emit: Emitter, pictures: readonly FilePicture[]): string {
  const signed = pictures.map(({ name, range }) => {
    if (range === "signed") return name;
    return emit.node("Sub", [emit.node("Mul", [name, emit.scalar(2)]), emit.scalar(1)]);
  });
  return signed.length === 1 ? signed[0]! : emit.node("Concat", signed, { axis: 1 });
}

function toUnit(emit: Emitter, signed: string): string {
  const half = emit.scalar(0.5);
  return emit.node("Add", [emit.node("Mul", [signed, half]), half]);
}

/** Height and width, an int64 vector of length 2. */
const sides = (emit: Emitter, image: string): string => emit.node("Shape", [image], { start: 2, end: 4 });

/** Lengths rounded up to multiples of `multiple`. */
function roundedUp(emit: Emitter, lengths: string, multiple: number): string {
  const count = emit.node("Div", [emit.node("Add", [lengths, emit.ints([multiple - 1])]), emit.ints([multiple])]);
  return emit.node("Mul", [count, emit.ints([multiple])]);
}

/** Pads with the mirror image to the right and below, folded as often as needed; a line of one pixel is repeated. */
function emitReflected(emit: Emitter, image: string, multiple: number): string {
  const node = (type: string, ...inputs: string[]) => emit.node(type, inputs);
  const int = (value: number) => emit.constant("int64", [], BigInt64Array.of(BigInt(value)));
  return [2, 3].reduce((x, axis) => {
    const side = emit.node("Shape", [image], { start: axis, end: axis + 1 });
    const [length, padded] = [node("Squeeze", side), node("Squeeze", roundedUp(emit, side, multiple))];
    const last = node("Sub", length, int(1));
    const period = node("Max", node("Mul", last, int(2)), int(1));
    const folded = node("Mod", node("Range", int(0), padded, int(1)), period);
    return emit.node("Gather", [x, node("Min", folded, node("Sub", period, folded))], { axis });
  }, image);
}

/** Pads with black (-1) to the right and below. */
function emitBlack(emit: Emitter, image: string, multiple: number): string {
  const lengths = sides(emit, image);
  const missing = emit.node("Sub", [roundedUp(emit, lengths, multiple), lengths]);
  return emit.node("Pad", [
    image,
    emit.node("Concat", [emit.ints([0, 0, 0, 0, 0, 0]), missing], { axis: 0 }),
    emit.scalar(-1),
  ]);
}
