/** @file Speed of training over the latest steps, without the slow first steps and earlier pauses for checkpoints. */

const WINDOW = 20;

export class Pace {
  /** Ends of the latest steps; the first entry is the start of the window. */
  readonly #marks: { readonly at: number; readonly images: number }[];

  constructor(startedAt: number) {
    this.#marks = [{ at: startedAt, images: 0 }];
  }

  /** Records that a step over `images` images ended at `at`. */
  add(at: number, images: number): void {
    this.#marks.push({ at, images });
    if (this.#marks.length > WINDOW + 1) this.#marks.shift();
  }

  get msPerStep(): number {
    return this.#span / Math.max(1, this.#marks.length - 1);
  }

  get imagesPerSecond(): number {
    const images = this.#marks.slice(1).reduce((sum, mark) => sum + mark.images, 0);
    return images / (this.#span / 1000);
  }

  get #span(): number {
    return Math.max(1e-3, this.#marks.at(-1)!.at - this.#marks[0]!.at);
  }
}
