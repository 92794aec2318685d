import { expect, test } from "vitest";
import { createRuntime } from "../../../platform/node/threads/runtime.js";
import { expectClose } from "../../../test/oracle/close.js";
import { Rng } from "../../base/random.js";
import { floatResult, floats } from "../../runtime/session.js";
import { compile } from "../compile.js";
import { gradients } from "../gradients.js";
import { input } from "../tensor.js";
import { rmsNorm2d } from "./normalize.js";

test("rmsNorm2d: forward and backward per pixel as derived by hand", async () => {
  const [channels, pixels] = [5, 6];
  const shape = [1, channels, 2, 3] as const;
  const rng = Rng.fromSeed(9);
  const [values, upstream] = [rng.fork("x").normals(channels * pixels), rng.fork("dy").normals(channels * pixels)];
  const [x, dy] = [input("x", shape), input("dy", shape)];
  const y = rmsNorm2d(x);
  const [dx] = gradients(y, [x], dy);
  await using session = await createRuntime({ threads: 1 }).open(compile({ inputs: [x, dy], outputs: { y, dx: dx! } }));
  const results = await session.run({ x: floats(values, shape), dy: floats(upstream, shape) });

  const [expectedY, expectedDx] = [new Float64Array(channels * pixels), new Float64Array(channels * pixels)];
  for (let p = 0; p < pixels; p++) {
    const of = (data: ArrayLike<number>) => Array.from({ length: channels }, (_, c) => data[c * pixels + p]!);
    const mean = (terms: number[]) => terms.reduce((sum, term) => sum + term, 0) / channels;
    const rms = Math.sqrt(mean(of(values).map((value) => value * value)) + 1e-6);
    const along = mean(of(values).map((value, c) => (value * of(upstream)[c]!) / rms));
    for (let c = 0; c < channels; c++) {
      const normalised = of(values)[c]! / rms;
      expectedY[c * pixels + p] = normalised;
      // The component along the pixel only scales it, so it has no effect.
      expectedDx[c * pixels + p] = (of(upstream)[c]! - normalised * along) / rms;
    }
  }
  expectClose(floatResult(results, "y"), expectedY, { rtol: 1e-5, atol: 1e-6 });
  expectClose(floatResult(results, "dx"), expectedDx, { rtol: 1e-5, atol: 2e-6 });
});

test("rmsNorm2d: a pixel of zeros stays zero", async () => {
  const x = input("x", [1, 2, 1, 1]);
  await using session = await createRuntime({ threads: 1 }).open(
    compile({ inputs: [x], outputs: { y: rmsNorm2d(x) } }),
  );
  expect([...floatResult(await session.run({ x: floats(new Float32Array(2), [1, 2, 1, 1]) }), "y")]).toEqual([0, 0]);
});
