/** @file One trial: a damaged PyTorch checkpoint, zip or legacy, or safetensors file is read to its last number. */
import { openTorchFile } from "../../../src/exchange/pytorch/checkpoint-file.js";
import { sourceFromBytes } from "../../../src/exchange/pytorch/source.js";
import { findStateDict } from "../../../src/exchange/pytorch/state-dict.js";
import { encodeSafetensors, parseSafetensors } from "../../../src/exchange/safetensors.js";
import { dictionary, pickle, tensor, torchLegacy, torchZip, uint64 } from "../../torch-file.js";
import type { Trial } from "../children.js";
import { damaged } from "../mutate.js";

const NUMBERS = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const data = pickle(dictionary({ "a.weight": tensor(), "a.turned": tensor({ strides: [1, 2] }) }));
const F32 = (shape: readonly number[]) => ({
  dtype: "F32" as const,
  shape: [...shape],
  data: new Float32Array(shape.reduce((product, length) => product * length, 1)),
});

async function readTorch(bytes: Uint8Array): Promise<void> {
  const file = await openTorchFile(sourceFromBytes(bytes), "damaged.pth");
  await file.load(findStateDict(file.root, "damaged.pth").tensors);
}
const SEEDS: readonly (readonly [Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  [await torchZip(data, { 0: NUMBERS }), readTorch],
  [torchLegacy(data, [["0", [...uint64(4), ...NUMBERS]]]), readTorch],
  [
    encodeSafetensors({
      tensors: new Map([
        ["a", F32([2, 3])],
        ["b", F32([4])],
      ]),
      metadata: { name: "a" },
    }),
    (bytes) => parseSafetensors(bytes, "damaged.safetensors"),
  ],
];

export const trial: Trial = async ({ rng }) => {
  const [seed, read] = SEEDS[rng.fork("seed").integer(SEEDS.length)]!;
  await read(damaged(seed, rng.fork("damage")));
};
