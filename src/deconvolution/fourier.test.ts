/** @file Opening the transforms: a failure is an error of the library, and is not kept. */
import { afterEach, expect, test, vi } from "vitest";
import { openFourier } from "./fourier.js";
import { WebAssembly } from "./webassembly.js";

afterEach(() => vi.restoreAllMocks());

test("a call after one that failed tries again", async () => {
  const compile = vi.spyOn(WebAssembly, "compile").mockRejectedValueOnce(new Error("no SIMD"));
  await expect(openFourier()).rejects.toMatchObject({ code: "device", message: expect.stringContaining("no SIMD") });
  compile.mockRestore();
  const fourier = await openFourier();
  expect(await openFourier()).toBe(fourier);
});

test("more memory than there is, and a size that no transform has, are errors of the library", async () => {
  const { heap, real } = await openFourier();
  using scope = heap.scope();
  expect(() => scope.floats(2 ** 30)).toThrow(expect.objectContaining({ code: "device" }));
  expect(() => real(33)).toThrow(expect.objectContaining({ code: "argument" }));
});
