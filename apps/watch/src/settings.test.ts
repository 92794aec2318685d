import { expect, test } from "vitest";
import { differences, flatten } from "./settings.js";

test("settings by their paths", () => {
  const config = { seed: 1, ema: null, model: { widths: [8, 16] }, sources: [{ path: "a" }, { path: "b", weight: 2 }] };
  expect([...flatten(config)]).toEqual([
    ["seed", "1"],
    ["ema", "null"],
    ["model.widths", "[8,16]"],
    ["sources.0.path", '"a"'],
    ["sources.1.path", '"b"'],
    ["sources.1.weight", "2"],
  ]);
});

test("only what differs, and what one does not have", () => {
  expect(
    differences([
      { a: 1, b: { c: 2 } },
      { a: 1, b: { c: 3, d: true } },
    ]),
  ).toEqual([
    { setting: "b.c", values: ["2", "3"] },
    { setting: "b.d", values: [null, "true"] },
  ]);
  expect(differences([{ a: 1 }])).toEqual([]);
});
