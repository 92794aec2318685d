/** @file Pickles of any plain data, and of any bytes: `hostile.test.ts` has those that someone made with intent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { op, pickle } from "../../../test/torch-file.js";
import { UnblurError } from "../../base/errors.js";
import { readWholePickle } from "./pickle.js";
import type { PickleValue } from "./values.js";

const read = (bytes: Uint8Array): PickleValue => readWholePickle(bytes, "any.pth", () => null);

/** A value with the opcodes that Python writes for it. */
interface Written {
  readonly value: PickleValue;
  readonly parts: readonly (readonly number[])[];
}
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { maxDepth: 4 },
    fc.constant<Written>({ value: null, parts: [op.none] }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => ({ value, parts: [op.int(value)] })),
    fc.string({ unit: "grapheme" }).map((value) => ({ value, parts: [op.text(value)] })),
    fc.array(tie("written"), { maxLength: 4 }).map((items) => ({
      value: items.map(({ value }) => value),
      parts: [op.emptyList, ...items.flatMap(({ parts }) => [...parts, op.append])],
    })),
    fc.array(tie("written"), { maxLength: 4 }).map((items) => ({
      value: items.map(({ value }) => value),
      parts: [op.mark, ...items.flatMap(({ parts }) => parts), op.tuple],
    })),
    fc.dictionary(fc.string(), tie("written"), { maxKeys: 4 }).map((entries) => ({
      value: new Map(Object.entries(entries).map(([key, { value }]) => [key, value])),
      parts: [
        op.emptyDict,
        ...Object.entries(entries).flatMap(([key, { parts }]) => [op.text(key), ...parts, op.setItem]),
      ],
    })),
  ),
}));

test("plain data of any shape is read as it was written", () => {
  fc.assert(
    fc.property(written, ({ value, parts }) => {
      expect(read(pickle(...parts))).toEqual(value);
    }),
  );
});

/** Reads, or refuses with an error of its own. */
function readOrRefused(bytes: Uint8Array): void {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(UnblurError);
    expect(error).toMatchObject({ code: "checkpoint", message: expect.stringMatching(/^any\.pth: /) });
  }
}

test("any bytes are read, or refused as damaged", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readOrRefused(bytes)),
    { numRuns: 500 },
  );
});

test("so is any pickle with a byte of it changed, or cut off", () => {
  fc.assert(
    fc.property(written, fc.nat(), fc.nat(255), ({ parts }, at, byte) => {
      const bytes = pickle(...parts);
      readOrRefused(bytes.with(at % bytes.length, byte));
      readOrRefused(bytes.slice(0, at % bytes.length));
    }),
    { numRuns: 500 },
  );
});
