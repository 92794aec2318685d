import { expect, test } from "vitest";
import { gradients } from "./gradients.js";
import { multiplyAdds } from "./multiply-adds.js";
import { add } from "./ops/arithmetic.js";
import { convTranspose2d } from "./ops/conv-transpose2d.js";
import { conv2d } from "./ops/conv2d.js";
import { linear } from "./ops/linear.js";
import { matmul } from "./ops/matmul.js";
import { sum } from "./ops/reduce.js";
import { input } from "./tensor.js";

test("a convolution: outputs times taps times channels of its group", () => {
  const x = input("x", [2, 8, 10, 12]);
  expect(multiplyAdds([conv2d(x, input("w", [16, 8, 3, 3]), null, { padding: 1 })])).toBe(2 * 16 * 10 * 12 * 8 * 9);
  expect(multiplyAdds([conv2d(x, input("w", [8, 2, 3, 3]), null, { padding: 1, stride: 2, groups: 4 })])).toBe(
    2 * 8 * 5 * 6 * 2 * 9,
  );
  expect(multiplyAdds([convTranspose2d(x, input("w", [8, 4, 4, 4]), null, { padding: 1, stride: 2 })])).toBe(
    2 * 8 * 10 * 12 * 4 * 16,
  );
});

test("a matrix product: M K P, whichever side is transposed", () => {
  const [a, b] = [input("a", [3, 5, 7]), input("b", [7, 11])];
  const [ta, tb] = [input("ta", [3, 7, 5]), input("tb", [11, 7])];
  expect(multiplyAdds([matmul(a, b)])).toBe(3 * 5 * 7 * 11);
  expect(multiplyAdds([matmul(ta, b, { transposeA: true })])).toBe(3 * 5 * 7 * 11);
  expect(multiplyAdds([matmul(ta, tb, { transposeA: true, transposeB: true })])).toBe(3 * 5 * 7 * 11);
});

test("a dense layer: rows times inputs times outputs, with or without a bias", () => {
  const [x, weight] = [input("x", [2, 3, 5]), input("w", [7, 5])];
  expect(multiplyAdds([linear(x, weight, null)])).toBe(2 * 3 * 5 * 7);
  expect(multiplyAdds([linear(x, weight, input("b", [7]))])).toBe(2 * 3 * 5 * 7);
});

test("both gradients of a convolution cost what it costs", () => {
  const x = input("x", [2, 6, 8, 8]);
  const weight = input("w", [12, 3, 3, 3]);
  const y = conv2d(x, weight, null, { padding: 1, groups: 2 });
  const forward = multiplyAdds([y]);
  expect(multiplyAdds(gradients(sum(y), [x, weight]))).toBe(2 * forward);
});

test("a tensor that is used twice is counted once", () => {
  const y = matmul(input("a", [4, 4]), input("b", [4, 4]));
  expect(multiplyAdds([add(y, y), y])).toBe(64);
});
