import { expect, test } from "vitest";
import type { Picture } from "../reports/pictures.js";
import { type ModelProof, proofMarkdown, proofReport } from "./model-proof.js";

const picture: Picture = { src: "data:,", alt: "", width: 1, height: 1 };
const frame = (name: string, psnrs: readonly number[]) => ({
  ...{ name, place: "all of it", uncertainty: null, truth: picture },
  columns: psnrs.map((psnr, i) => ({
    label: i === 0 ? "Input" : "Prediction",
    scores: { psnr, "tone-error": 1 },
    toneShift: i * (name === "a" ? 0.2 : 0.4),
    picture,
  })),
});
const proof: ModelProof = {
  model: "m",
  samples: 4,
  frames: [frame("a", [25, 26]), frame("b", [27, 26.5])],
  calibration: null,
  tests: [],
  provenance: { command: "made", facts: {} },
};

test("means, gains and counts of the frames, by hand", () => {
  const table = proofMarkdown(proof).split("\n");
  expect(table[0]).toBe("|  | Input | Prediction |");
  expect(table.find((line) => line.startsWith("| psnr"))).toContain("26.000 ± 1.000 | 26.250 ± 0.250");
  expect(table.find((line) => line.startsWith("| tone shift from"))).toContain("0.00 ± 0.00 | 0.30 ± 0.10");
  expect(table.find((line) => line.startsWith("| gain"))).toContain("+0.250 ± 0.750");
  expect(table.find((line) => line.startsWith("| frames"))).toContain("1 of 2");
});

test("a section for each frame in addition to the figures", () => {
  expect(proofReport(proof).sections.map(({ title }) => title)).toEqual(["Figures", "a", "b"]);
});
