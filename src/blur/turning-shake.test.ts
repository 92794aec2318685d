import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/oracle/close.js";
import { Rng } from "../base/random.js";
import { crop } from "../images/crop.js";
import type { Planes } from "../images/image.js";
import { convolve } from "./convolve.js";
import { drawsFrom } from "./draws.js";
import { blankKernel, splat } from "./kernel.js";
import { drawTurningShake, exposeTurningShake, turningReach } from "./turning-shake.js";

const picture = (width: number, height: number, seed: number): Planes => ({
  ...{ channels: 3, width, height },
  data: Rng.fromSeed(seed).uniforms(3 * width * height),
});
const inner = (planes: Planes, margin: number) =>
  crop(planes, { left: margin, top: margin, width: planes.width - 2 * margin, height: planes.height - 2 * margin });
const draws = (seed: number) => drawsFrom(Rng.fromSeed(seed));

describe("poses", () => {
  const size = { width: 90, height: 70 };
  const shake = drawTurningShake({ lengthPx: 17, turnPx: 9, anxiety: 0.02 }, size, draws(1));

  test("have mean 0, so that the blur does not move the picture", () => {
    for (const values of [shake.x, shake.y, shake.angle]) expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9);
  });

  test("move the middle by the length of the path, in steps of at most half a pixel", () => {
    let length = 0;
    for (let k = 1; k < shake.x.length; k++) {
      const step = Math.hypot(shake.x[k]! - shake.x[k - 1]!, shake.y[k]! - shake.y[k - 1]!);
      expect(step).toBeLessThan(0.5);
      length += step;
    }
    expect(length).toBeCloseTo(17, 9);
  });

  test("turn a corner by at most the length that was asked for", () => {
    const corner = Math.hypot(90, 70) / 2;
    let turned = 0;
    for (let k = 1; k < shake.angle.length; k++) turned += corner * Math.abs(shake.angle[k]! - shake.angle[k - 1]!);
    expect(turned).toBeGreaterThan(0);
    expect(turned).toBeLessThanOrEqual(9 + 1e-9);
  });
});

test("without turning it is a convolution with the path of a point of light", () => {
  const light = picture(48, 40, 2);
  const shake = drawTurningShake({ lengthPx: 12, turnPx: 0, anxiety: 0.03 }, light, draws(3));
  const kernel = blankKernel(9);
  for (let k = 0; k < shake.x.length; k++) splat(kernel, 9 + shake.x[k]!, 9 + shake.y[k]!, 1 / shake.x.length);
  expectClose(inner(exposeTurningShake(light, shake), 10).data, inner(convolve(light, kernel), 10).data, {
    ...{ rtol: 1e-5, atol: 1e-5 },
  });
});

test("turning alone draws a point of light along its circle around the middle", () => {
  const light: Planes = { channels: 1, width: 61, height: 61, data: new Float32Array(61 * 61) };
  light.data[30 * 61 + 50] = 1; // 20 px to the right of the middle
  const angle = Float64Array.from({ length: 81 }, (_, k) => ((k - 40) / 40) * 0.5);
  const still = new Float64Array(81);
  const { data } = exposeTurningShake(light, { x: still, y: still, angle });
  let [total, radius, turn] = [0, 0, 0];
  data.forEach((value, i) => {
    const [right, down] = [(i % 61) - 30, Math.floor(i / 61) - 30];
    total += value;
    radius += value * Math.hypot(right, down);
    turn += value * Math.atan2(down, right) ** 2;
  });
  expect(total).toBeCloseTo(1, 1);
  expect(radius / total).toBeCloseTo(20, 0);
  expect(turn / total).toBeCloseTo(0.5 ** 2 / 3, 2); // variance of a uniform angle in [-0.5, 0.5]
});

test("turns clockwise for a positive angle: a point on the right moves down", () => {
  const light: Planes = { channels: 1, width: 41, height: 41, data: new Float32Array(41 * 41) };
  light.data[20 * 41 + 36] = 1;
  const quarter = { x: Float64Array.of(0), y: Float64Array.of(0), angle: Float64Array.of(Math.PI / 2) };
  expect(exposeTurningShake(light, quarter).data[36 * 41 + 20]).toBeCloseTo(1, 5);
});

test("a margin of the reach is enough: what lies beyond changes nothing", () => {
  const light = picture(80, 80, 5);
  const shake = drawTurningShake({ lengthPx: 10, turnPx: 8, anxiety: 0.02 }, light, draws(6));
  const changed = { ...light, data: light.data.slice() };
  changed.data.forEach((_, i) => {
    const [x, y] = [i % 80, Math.floor(i / 80) % 80];
    if (x === 0 || y === 0 || x === 79 || y === 79) changed.data[i] = 9;
  });
  const of = (planes: Planes) => inner(exposeTurningShake(planes, shake), turningReach(10, 8) + 1).data;
  expect(of(changed)).toEqual(of(light));
});
