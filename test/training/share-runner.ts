/** @file Rounds whose shares are computed one after the other in this process, from and to the bytes of checkpoints. */
import { encodeState, parseCheckpoint } from "../../src/training/checkpoint.js";
import type { TrainOptions } from "../../src/training/loop.js";
import type { ComputedShare, RoundRunner } from "../../src/training/rounds/loop.js";
import { shareLayout } from "../../src/training/rounds/outer-step.js";
import { trainShare } from "../../src/training/rounds/share.js";

const bytesOf = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** `isLost`: shares that do not come. */
export const shareRunner = (
  options: Omit<TrainOptions, "store">,
  shares: number,
  isLost: (step: number, share: number) => boolean = () => false,
): RoundRunner => ({
  async run({ step, localSteps, firstBatch, base }) {
    const came: ComputedShare[] = [];
    const all = Array.from({ length: shares }, (_, share) => share);
    for (const share of all.filter((one) => !isLost(step, one))) {
      const { state: start, progress } = parseCheckpoint(bytesOf(base), "base");
      const place = { step, localSteps, firstBatch: firstBatch + share * localSteps };
      const { state, ...figures } = await trainShare({ ...options, ...place, state: start });
      const { parts } = encodeState(shareLayout(options.objective, options.recipe), {
        ...{ progress, seed: options.seed, state },
      });
      const bytes = bytesOf(parts);
      came.push({ ...figures, share, read: async () => bytes });
    }
    const lost = all.filter((one) => isLost(step, one)).map((share) => ({ share, reason: "gone" }));
    return { shares, came, lost, bytes: 0 };
  },
  async done() {},
});
