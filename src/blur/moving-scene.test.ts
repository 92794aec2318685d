import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { convolve } from "./convolve.js";
import { exposeMovingScene, type Motion, motionReach } from "./moving-scene.js";

const picture = (width: number, height: number, seed: number): Planes => ({
  ...{ channels: 3, width, height },
  data: Rng.fromSeed(seed).uniforms(3 * width * height),
});
const straight = (x: number, y: number): Motion => ({ x, y, bend: 0, gradient: [0, 0, 0, 0] });
const inner = (planes: Planes, margin: number) =>
  crop(planes, { left: margin, top: margin, width: planes.width - 2 * margin, height: planes.height - 2 * margin });

describe("a moving camera", () => {
  test("over whole pixels is a convolution with equal weights along the path", () => {
    const light = picture(40, 30, 1);
    const blurred = exposeMovingScene(light, { instants: 5, camera: straight(8, -4), object: null });
    const kernel = { width: 9, height: 5, data: new Float64Array(45) };
    for (let k = -2; k <= 2; k++) kernel.data[(2 - k) * 9 + 4 + 2 * k] = 1 / 5; // moves by (2k, -k)
    expectClose(inner(blurred, 6).data, inner(convolve(light, kernel), 6).data, { rtol: 1e-5, atol: 1e-6 });
  });

  test("that stands still, or has one instant, leaves the picture as it is", () => {
    const light = picture(12, 9, 2);
    for (const scene of [
      { instants: 7, camera: straight(0, 0), object: null },
      { instants: 1, camera: straight(9, 9), object: null },
    ])
      expectClose(exposeMovingScene(light, scene).data, light.data, { rtol: 0, atol: 1e-6 });
  });

  test("that turns moves the corners and not the middle", () => {
    const light: Planes = { ...picture(41, 41, 3), data: new Float32Array(3 * 41 * 41) };
    for (const at of [20 * 41 + 20, 41 + 20]) light.data[at] = 1;
    const turn: Motion = { x: 0, y: 0, bend: 0, gradient: [0, -8, 8, 0] };
    const { data } = exposeMovingScene(light, { instants: 9, camera: turn, object: null });
    expect(data[20 * 41 + 20]).toBeCloseTo(1, 6);
    expect(data[41 + 20]).toBeLessThan(0.5);
  });
});

test("an object moves by itself: outside its way the picture stays, inside it is blurred along its motion", () => {
  const light = picture(60, 40, 4);
  const object = { centreX: 20, centreY: 20, radiusX: 12, radiusY: 10, motion: straight(4, 0) };
  const scene = { instants: 3, camera: straight(0, 0), object };
  const { data } = exposeMovingScene(light, scene);
  const value = (planes: Float32Array | ArrayLike<number>, x: number, y: number) => planes[y * 60 + x]!;
  expect(value(data, 50, 20)).toBeCloseTo(value(light.data, 50, 20), 6);
  const expected = (value(light.data, 18, 20) + value(light.data, 20, 20) + value(light.data, 22, 20)) / 3;
  expect(value(data, 20, 20)).toBeCloseTo(expected, 5);
});

test("a margin of the reach is enough: what lies beyond changes nothing", () => {
  const motion: Motion = { x: 14, y: -9, bend: 0.2, gradient: [3, -2, 2, -3] };
  const reach = motionReach(Math.hypot(14, 9), 0.2, Math.hypot(3, 3));
  const light = picture(90, 90, 5);
  const changed = { ...light, data: light.data.slice() };
  changed.data.forEach((_, i) => {
    const [x, y] = [i % 90, Math.floor(i / 90) % 90];
    if (x === 0 || y === 0 || x === 89 || y === 89) changed.data[i] = 9;
  });
  const scene = { instants: 11, camera: motion, object: null };
  const of = (planes: Planes) => inner(exposeMovingScene(planes, scene), reach + 1).data;
  expect(of(changed)).toEqual(of(light));
});
