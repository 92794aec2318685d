import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { floatFromHalf, halfFromFloat } from "./half.js";
import { encodeSafetensors, parseSafetensors, type StoredTensor } from "./safetensors.js";

describe("half precision", () => {
  test("all 65,536 values survive the way to float32 and back", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const nan = (h: number) => (h & 0x7c00) === 0x7c00 && (h & 0x3ff) !== 0;
    const back = halfFromFloat(floatFromHalf(all));
    expect(all.filter((h, i) => !nan(h) && back[i] !== h)).toEqual(new Uint16Array());
  });

  test.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00], // the tie above the largest goes to infinity
    [2 ** -24, 1],
    [2 ** -25, 0], // a tie, to even
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02],
    [0.1, 0x2e66],
  ])("%d is %i", (value, half) => expect(halfFromFloat(Float32Array.of(value))[0]).toBe(half));
});

describe("safetensors", () => {
  const tensors = new Map<string, StoredTensor>([
    ["a.weight", { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 4) }],
    ["empty", { dtype: "F32", shape: [0, 3], data: new Float32Array() }],
    ["scalar", { dtype: "F64", shape: [], data: Float64Array.of(Math.PI) }],
    ["half", { dtype: "F16", shape: [2], data: Float32Array.of(0.5, -1024) }],
    ["step", { dtype: "I64", shape: [1], data: BigInt64Array.of(7n) }],
  ]);
  const bytes = encodeSafetensors({ tensors, metadata: { format: "pt" } });

  test("what is written is read", () => {
    const back = parseSafetensors(bytes);
    expect(back.tensors).toEqual(tensors);
    expect(back.metadata).toEqual({ format: "pt" });
  });

  test("a file written by the reference library is read", () => {
    const file = "../shared/golden/metrics/pair0_pred_float.safetensors";
    const { tensors: read } = parseSafetensors(readFileSync(file), file);
    const [tensor] = read.values();
    expect(tensor!.data.length).toBe(tensor!.shape.reduce((a, b) => a * b, 1));
  });

  test.each([0, 7, 20, bytes.length - 1])("cut to %i bytes it is refused by name", (length) => {
    expect(() => parseSafetensors(bytes.slice(0, length), "run/weights.safetensors")).toThrow(
      /run\/weights\.safetensors: not a readable/,
    );
  });

  test("an offset outside the file is refused", () => {
    const hostile = encodeSafetensors({ tensors: new Map(), metadata: {} });
    const json = new TextEncoder().encode('{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}');
    const file = new Uint8Array(8 + json.length);
    file.set(hostile.slice(0, 8));
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    expect(() => parseSafetensors(file)).toThrow(/should lie at 0 to 16 of 0 bytes/);
  });

  test.each(["[]", "null", "3", '"text"'])("a header that is no object is refused: %s", (json) => {
    const file = new Uint8Array(8 + json.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(new TextEncoder().encode(json), 8);
    expect(() => parseSafetensors(file)).toThrow(/the header is not a JSON object/);
  });

  test("tensors that share bytes are refused: a small file does not become many large tensors", () => {
    const body = new Uint8Array(4 * 1000);
    const entries = Array.from({ length: 2 }, (_, i) => [
      `t${i}`,
      { dtype: "F32", shape: [1000], data_offsets: [0, 4000] },
    ]);
    const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
    const file = new Uint8Array(8 + header.length + body.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(header, 8);
    expect(() => parseSafetensors(file)).toThrow(/its tensors overlap: with "t1" they need more than its 4000 bytes/);
  });
});
