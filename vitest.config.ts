import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "platform/**/*.test.ts", "apps/**/*.test.ts", "test/**/*.test.ts"],
    // One machine takes a second for what another takes five for, and has other things to do besides.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Each file may own native sessions with two threads of their own; more workers than cores only slow one another.
    maxWorkers: 2,
    pool: "forks",
    reporters: ["default", "./test/skipped-reporter.ts"],
    // Of ONNX Runtime, where tests load it by themselves; the program sets it itself (test/telemetry.test.ts).
    env: { ORT_DISABLE_TELEMETRY: "1" },
  },
});
