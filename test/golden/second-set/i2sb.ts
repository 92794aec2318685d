/** @file I2SB's bridge by its published formulas (Liu et al. 2023, eqs. 11 to 13). */
import { combined, type FixtureFile, linspace, normals, stored, type Vector } from "./numbers.js";

const SIZE = 3 * 5 * 6;

const running = (values: readonly number[]): number[] => {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
};

/** NumPy rounds halves to the even neighbour. */
const roundEven = (value: number): number => {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
};
function spaceIndices(count: number, steps: number): number[] {
  const stride = (count - 1) / (steps - 1);
  let at = 0;
  return Array.from({ length: steps }, () => {
    const index = roundEven(at);
    at += stride;
    return index;
  });
}

function run(interval: number, betaMax: number, seed: number) {
  const name = `I${interval}_b${betaMax}`;
  const curve = linspace(Math.sqrt(1e-4), Math.sqrt(betaMax / interval), interval).map((root) => root ** 2);
  const half = curve.slice(0, interval / 2);
  const betas = [...half, ...half.toReversed()];
  const fwd = running(betas).map(Math.sqrt);
  const bwd = running(betas.toReversed()).toReversed().map(Math.sqrt);
  const total = fwd.map((f, i) => f ** 2 + bwd[i]! ** 2);
  const [muX0, muX1] = [total.map((sum, i) => bwd[i]! ** 2 / sum), total.map((sum, i) => fwd[i]! ** 2 / sum)];
  const sb = total.map((sum, i) => Math.sqrt((fwd[i]! ** 2 * bwd[i]! ** 2) / sum));
  const draw = (label: string) => normals(seed, `${name}/${label}`, 2 * SIZE);
  const [x0, x1] = [normals(seed, "x0", 2 * SIZE), normals(seed, "x1", 2 * SIZE)];
  const tensors: Record<string, Vector | Vector[]> = {};
  const tables = { betas, std_fwd: fwd, std_bwd: bwd, std_sb: sb, mu_x0: muX0, mu_x1: muX1 };
  for (const [key, values] of Object.entries(tables)) tensors[`${name}/${key}`] = Float64Array.from(values);

  const posterior = (nprev: number, n: number) => {
    const [near, delta] = [fwd[nprev]! ** 2, fwd[n]! ** 2 - fwd[nprev]! ** 2];
    return { mu_x0: delta / (near + delta), mu_xn: near / (near + delta), var: (near * delta) / (near + delta) };
  };
  const back = (nprev: number, n: number, xn: Vector, estimate: Vector, noise: Vector | null) => {
    const step = posterior(nprev, n);
    return combined(
      [step.mu_x0, estimate],
      [step.mu_xn, xn],
      ...(noise && nprev > 0 ? [[Math.sqrt(step.var), noise] as const] : []),
    );
  };
  // q_<step>: the second image of the batch is a step before the first.
  const steps = [0, 1, Math.floor(interval / 3), interval / 2, interval - 2, interval - 1];
  for (const step of [0, Math.floor(interval / 3), interval - 1]) {
    const noise = draw(`q_${step}/noise`);
    const at = (table: readonly number[]) => (i: number) => table[i < SIZE ? step : Math.max(0, step - 1)]!;
    const straight = x0.map((value, i) => at(muX0)(i) * value + at(muX1)(i) * x1[i]!);
    const xt = straight.map((value, i) => value + at(sb)(i) * noise[i]!);
    const key = `${name}/q_${step}`;
    tensors[`${key}/noise`] = noise;
    tensors[`${key}/xt`] = xt;
    tensors[`${key}/xt_ot_ode`] = straight;
    tensors[`${key}/label`] = xt.map((value, i) => (value - x0[i]!) / at(fwd)(i));
  }
  const pairs = [
    [0, Math.floor(interval / 5)],
    [Math.floor(interval / 5), interval / 2],
    [interval / 2, interval - 1],
  ] as const;
  for (const [nprev, n] of pairs) {
    const key = `${name}/p_${nprev}_${n}`;
    const noise = draw(`${key}/noise`);
    if (nprev > 0) tensors[`${key}/noise`] = noise;
    tensors[`${key}/x_prev`] = back(nprev, n, x1, x0, noise);
    tensors[`${key}/x_prev_ot_ode`] = back(nprev, n, x1, x0, null);
  }
  const visited = spaceIndices(interval, 11);
  for (const kind of ["sde", "ot"] as const) {
    const key = `${name}/sampling_${kind}`;
    const way = visited.toReversed();
    const noises = way.slice(1, -1).map((_, k) => draw(`${key}/noise${k}`));
    let x: Vector = x1;
    const passed = way.slice(1).map((nprev, k) => {
      const estimate = combined([0.6, x], [0.4, x0]);
      x = back(nprev, way[k]!, x, estimate, kind === "sde" ? (noises[k] ?? null) : null);
      return x;
    });
    // [2, 10, ...]: by image, the last step first.
    tensors[`${key}/xs`] = [0, 1].flatMap((image) =>
      passed.toReversed().map((row) => row.subarray(image * SIZE, (image + 1) * SIZE)),
    );
    if (kind === "sde") tensors[`${key}/noise`] = noises;
  }
  const column = (table: readonly number[]) => steps.map((t) => table[t]!);
  const json = {
    ...{ name, interval, beta_max: betaMax, steps },
    ...Object.fromEntries(Object.entries(tables).map(([key, table]) => [key, column(table)])),
    space_indices: Object.fromEntries([1, 2, 5, 10, 20].map((nfe) => [nfe, spaceIndices(interval, nfe + 1)])),
    posterior: pairs.map(([nprev, n]) => ({ nprev, n, ...posterior(nprev, n), noise_used: nprev > 0 })),
    sampling_sde: { steps: visited, pred_x0: "0.6*x_t+0.4*x0" },
  };
  return { json, tensors, x0, x1 };
}

export function i2sb(): FixtureFile {
  const runs = [run(250, 0.3, 11), run(60, 0.5, 11), run(700, 0.3, 11)];
  const { x0, x1 } = runs[0]!;
  const tensors = Object.assign({ x0, x1 }, ...runs.map((one) => one.tensors));
  return { json: { runs: runs.map(({ json }) => json) }, tensors: stored(tensors) };
}
