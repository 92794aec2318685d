import { describe, expect, test } from "vitest";
import { uprightXmp, xmpPromises, xmpWithLength, xmpWithout } from "./xmp.js";

const item = (semantic: string, length: number) =>
  `<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="${semantic}" Item:Length="${length}"/></rdf:li>`;
const PRIMARY =
  '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>';

describe("XMP", () => {
  const encode = (text: string) => new TextEncoder().encode(text);

  test("orientation as attribute and element; other bytes stay, whatever their encoding", () => {
    const text = (o: string) =>
      [
        `<x tiff:Orientation="${o}" a="6" tiff:Orientation = '${o}'/> Grüße`,
        `<tiff:Orientation>${o}</tiff:Orientation><tiff:Orientation rdf:datatype="x">\n ${o} </tiff:Orientation>`,
        '<tiff:Orientation>12</tiff:Orientation><tiff:OrientationOf>6</tiff:OrientationOf><a tiff:Orientation="66"/>',
      ].join("\n");
    expect(uprightXmp(encode(text("8")))).toEqual(encode(text("1")));
  });

  test("a film is promised no longer, as attribute, element and part of the file; what follows keeps its place", () => {
    const text = (o: string, part: string) =>
      `<x GCamera:MotionPhoto="${o}" GCamera:MicroVideo='${o}' GCamera:MicroVideoOffset="12"/><Camera:MotionPhoto>${o}</Camera:MotionPhoto><rdf:Seq>${PRIMARY}${part}</rdf:Seq>`;
    const film = item("MotionPhoto", 99);
    expect(xmpWithout(encode(text("1", film)), "film")).toEqual(encode(text("0", " ".repeat(film.length))));
    expect([xmpPromises(encode(text("1", "")), "film"), xmpPromises(encode(text("0", "")), "film")]).toEqual([
      true,
      false,
    ]);
    expect(xmpPromises(encode(text("0", film)), "film")).toBe(true);
  });

  test("a gain map is promised no longer; its length can be another", () => {
    const text = (version: string, parts: string) => `<x ${version}/><rdf:Seq>${parts}</rdf:Seq>`;
    const version = 'hdrgm:Version="1.0"';
    const before = text(version, PRIMARY + item("GainMap", 1234) + item("MotionPhoto", 99));
    const without = text(
      " ".repeat(version.length),
      PRIMARY + " ".repeat(item("GainMap", 1234).length) + item("MotionPhoto", 99),
    );
    expect(xmpWithout(encode(before), "gain map")).toEqual(encode(without));
    expect(xmpPromises(encode(before), "gain map")).toBe(true);
    expect(xmpPromises(encode(without), "gain map")).toBe(false);
    for (const bytes of [7, 1234, 5_000_000])
      expect(xmpWithLength(encode(before), "gain map", bytes)).toEqual(
        encode(text(version, PRIMARY + item("GainMap", bytes) + item("MotionPhoto", 99))),
      );
    const padded = '<Container:Item Item:Semantic="Primary" Item:Padding="208"/>';
    expect(xmpWithLength(encode(padded), "gain map", 1)).toEqual(encode(padded.replace("208", "000")));
  });

  test("megabytes, and text made to be slow, take seconds at most", () => {
    for (const part of [
      "x",
      "tiff:Orientation",
      "<tiff:Orientation ",
      "<tiff:Orientation>",
      "tiff:Orientation    = ",
      "<rdf:li",
      '<rdf:li Semantic="GainMap"></rdf:li',
      "Item:Padding=",
      "hdrgm:Version = ",
    ]) {
      const packet = encode(part.repeat(Math.ceil(8e6 / part.length)));
      const startedAt = performance.now();
      const upright = uprightXmp(packet);
      xmpPromises(packet, "film");
      xmpWithLength(xmpWithout(packet, "gain map"), "gain map", 1);
      expect(performance.now() - startedAt, part).toBeLessThan(4000);
      expect(Buffer.compare(upright, packet)).toBe(0);
    }
  });
});
