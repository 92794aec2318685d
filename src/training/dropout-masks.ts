/** @file Masks for dropout: one input of the training step for each place, filled anew at each step. */
import type { Rng } from "../base/random.js";
import { maskedDropout } from "../graph/ops/dropout.js";
import { input, type Placeholder, sizeOf } from "../graph/tensor.js";
import type { Dropout } from "../nn/dropout.js";
import type { Values } from "../runtime/session.js";

export class DropoutMasks {
  readonly #masks: { readonly placeholder: Placeholder; readonly rate: number }[] = [];

  /** Hand this to a network's `forward`. */
  readonly dropout: Dropout = (x, rate) => {
    const placeholder = input(`dropout/${this.#masks.length}`, x.shape, "bool");
    this.#masks.push({ placeholder, rate });
    return maskedDropout(x, placeholder, rate);
  };

  get inputs(): readonly Placeholder[] {
    return this.#masks.map(({ placeholder }) => placeholder);
  }

  /** Masks for one step. A word of 32 random bits decides for two values: rates are exact to 1 / 65536. */
  values(rng: Rng): Values {
    return Object.fromEntries(
      this.#masks.map(({ placeholder: { label, shape }, rate }) => {
        const count = sizeOf(shape);
        const halves = new Uint16Array(rng.fork(label).words(Math.ceil(count / 2)).buffer);
        const threshold = Math.round(rate * 65536);
        const data = new Uint8Array(count);
        for (let i = 0; i < count; i++) data[i] = halves[i]! >= threshold ? 1 : 0;
        return [label, { dtype: "bool" as const, shape, data }];
      }),
    );
  }
}
