/** @file Trials that end in every way there is, to prove that each is seen. */
import { UnblurError } from "../../../src/base/errors.js";
import type { Trial } from "../children.js";

const kept: Uint8Array[] = [];

const WAYS: readonly (() => void)[] = [
  () => {},
  () => {
    throw new UnblurError("file", "there is no such file; check the path");
  },
  () => {
    throw new UnblurError("file", "a word and ".repeat(40));
  },
  () => {
    throw new TypeError("x is not a function");
  },
  () => {
    for (;;);
  },
  () => {
    for (let i = 0; i < 12; i++) kept.push(new Uint8Array(100 * 2 ** 20).fill(1));
  },
  () => process.abort(),
];

export const trial: Trial = async ({ index }) => WAYS[index % WAYS.length]!();
