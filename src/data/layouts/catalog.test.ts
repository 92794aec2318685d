import { describe, expect, test } from "vitest";
import type { DataItem } from "../item.js";
import { findItems, type LayoutName, type LayoutOptions } from "./catalog.js";

const options: LayoutOptions = { blurKind: "either", exclude: [] };
const find = (
  files: string[],
  layout: LayoutName | null = null,
  change: Partial<LayoutOptions> = {},
  texts: [string, string][] = [],
) => findItems({ files: files.sort(), texts: new Map(texts) }, layout, { ...options, ...change }, "DATA");
const pairs = (items: readonly DataItem[]) =>
  items.map((item) => (item.kind === "pair" ? [item.blurry, item.sharp] : [item.kind]));

describe("gopro", () => {
  const files = [
    "train/A/blur/000001.png",
    "train/A/blur_gamma/000001.png",
    "train/A/sharp/000001.png",
    "train/B/blur/000007.jpg",
    "train/B/sharp/000007.png",
  ];

  test("is recognised, above or below the split", () => {
    expect(find([...files]).layout).toBe("gopro");
    expect(find(files.map((path) => path.replace("train/", ""))).layout).toBe("gopro");
  });

  test("either takes blur_gamma where there are both; partners may differ in format", () => {
    expect(pairs(find([...files]).items)).toEqual([
      ["train/A/blur_gamma/000001.png", "train/A/sharp/000001.png"],
      ["train/B/blur/000007.jpg", "train/B/sharp/000007.png"],
    ]);
  });

  test("a blur kind a sequence lacks is a problem named by its file", () => {
    const found = find([...files], "gopro", { blurKind: "blur_gamma" });
    expect(pairs(found.items)).toEqual([["train/A/blur_gamma/000001.png", "train/A/sharp/000001.png"]]);
    expect(found.problems).toEqual(["train/B/sharp/000007.png: no blurry partner train/B/blur_gamma/000007"]);
  });

  test("a blurry photo without a sharp one is named", () => {
    expect(find([...files, "train/A/blur_gamma/000099.png"]).problems).toEqual([
      "train/A/blur_gamma/000099.png: no sharp partner train/A/sharp/000099",
    ]);
  });
});

describe("other layouts", () => {
  test.each([
    ["blur", "sharp"],
    ["input", "target"],
  ])("plain %s and %s folders", (blurry, sharp) => {
    const found = find([`${blurry}/a.png`, `${sharp}/a.png`, `${sharp}/b.png`], "pairs");
    expect(pairs(found.items)).toEqual([[`${blurry}/a.png`, `${sharp}/a.png`]]);
    expect(found.problems).toHaveLength(1);
  });

  test("RealBlur's lists: sharp, blurry, anything else", () => {
    const list: [string, string] = [
      "RealBlur_J_test_list.txt",
      "R/gt/1.png R/blur/1.png x\r\nR/gt/2.png R/blur/2.png\nnot a pair\n",
    ];
    const found = find(["R/gt/1.png", "R/blur/1.png", "R/gt/2.png"], null, {}, [list]);
    expect(found.layout).toBe("realblur");
    expect(pairs(found.items)).toEqual([["R/blur/1.png", "R/gt/1.png"]]);
    expect(found.problems).toEqual(["RealBlur_J_test_list.txt:2: no such file R/blur/2.png"]);
  });

  test("photos leave out what is excluded, by path or name", () => {
    const { items } = find(["a/kodak01.png", "a/cat.jpg", "readme.txt", "b/x.tif"], "photos", {
      exclude: ["kodak*", "b/*"],
    });
    expect(items.map(({ name }) => name)).toEqual(["a/cat"]);
  });

  test("frames: one item for each folder, in order", () => {
    const { items } = find(["S/2.jpg", "S/1.jpg", "T/1.jpg"], "frames");
    expect(items).toEqual([
      { kind: "frames", name: "S", frames: ["S/1.jpg", "S/2.jpg"] },
      { kind: "frames", name: "T", frames: ["T/1.jpg"] },
    ]);
  });

  test("nothing that fits: says where and what was looked for", () => {
    expect(() => find(["holiday.png"])).toThrow(
      /^DATA: expected SEQUENCE\/sharp\/ .* \(gopro\), or .*\(realblur\), or .*input\/ beside target\/ \(pairs\), found none among its 1 files; name another folder or layout$/,
    );
    expect(() => find(["notes.txt"], "photos")).toThrow(
      /^DATA: expected any image \(photos\), found none among its 1 files; name another folder or layout$/,
    );
  });
});
