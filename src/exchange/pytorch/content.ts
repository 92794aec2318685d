/** @file Reads the weights in a file of `torch.save`, with all their values. */
import type { CheckpointContent, CheckpointTensor } from "../content.js";
import { openTorchFile, toFloat32 } from "./checkpoint-file.js";
import type { CheckpointSource } from "./source.js";
import { findStateDict } from "./state-dict.js";
import type { TorchTensor } from "./values.js";

/**
 * Throws `checkpoint` for a file that is damaged, asks for more than data, or has no state dict. `where` names the
 * file.
 */
export async function readTorchCheckpoint(source: CheckpointSource, where: string): Promise<CheckpointContent> {
  const file = await openTorchFile(source, where);
  const { path, prefix, passedOver, tensors, buffers } = findStateDict(file.root, where);
  const numbers = await file.load(new Map([...tensors, ...buffers]));
  const read = (some: ReadonlyMap<string, TorchTensor>): Map<string, CheckpointTensor> =>
    new Map(
      [...some].map(([name, { shape, dtype }]) => [name, { shape, dtype, values: toFloat32(numbers.get(name)!) }]),
    );
  const from = [
    `PyTorch file (${file.format})`,
    ...(path.length > 0 ? [`under ${path.map((key) => `"${key}"`).join(", ")}`] : []),
    ...(prefix ? [`without the prefix "${prefix}" of its names`] : []),
  ];
  return { from: from.join(", "), tensors: read(tensors), buffers: read(buffers), passedOver };
}
