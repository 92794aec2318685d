/**
 * @file The same graphs on WebGPU as on the CPU. There is no GPU where tests run: browsers for Linux hold SwiftShader,
 * a Vulkan driver that computes on the CPU, and the Vulkan loader. Each device has a process of its own, for the driver
 * is chosen by environment variables and a crash in native code must fail one test only.
 */
import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundled } from "./bundled.js";
import { lacks, needed } from "./machine.js";

// Sums in another order: processors with other vector widths are already 1e-5 apart in a picture's values.
const [RTOL, ATOL] = [1e-4, 2e-5];

async function compute(
  program: string,
  device: string,
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, number[]>> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, device], {
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout);
}

test.skipIf(lacks("softwareVulkan"))(
  "a training step and two networks compute the same on WebGPU as on the CPU",
  { timeout: 300_000 },
  async () => {
    const [program] = await bundled("test/webgpu.child.ts");
    const cpu = await compute(program, "cpu", {});
    const driver = needed("softwareVulkan");
    const webgpu = await compute(program, "webgpu", { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: dirname(driver) });
    expect(Object.keys(webgpu)).toEqual(Object.keys(cpu));
    expect(Object.keys(cpu).length).toBeGreaterThan(10);
    // Worst difference of each result in units of what is allowed: at most 1.
    const worst = Object.entries(cpu).map(([name, expected]) => {
      const got = webgpu[name]!;
      if (got.length !== expected.length) return { name, of: expected.length, got: got.length, excess: Infinity };
      const excess = expected.map((value, i) => Math.abs(got[i]! - value) / (ATOL + RTOL * Math.abs(value)));
      const index = excess.reduce((most, value, i) => (value > excess[most]! || Number.isNaN(value) ? i : most), 0);
      return { name, index, cpu: expected[index], webgpu: got[index], excess: excess[index]! };
    });
    expect(worst.filter(({ excess }) => !(excess <= 1))).toEqual([]);
  },
);
