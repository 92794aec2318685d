/** @file Number of threads of a runtime and of the blur estimation beside it. */
import { afterEach, expect, test, vi } from "vitest";
import { blurThreads } from "../models/load-restorer.js";
import { usableProcessors } from "./processors.js";
import { createRuntime } from "./runtime.js";

const most = usableProcessors();
afterEach(() => vi.unstubAllEnvs());

test("the requested number of threads, at most the number of processors", () => {
  vi.stubEnv("UNBLUR_THREADS", "");
  expect(createRuntime().threads).toBe(most);
  expect(createRuntime({ threads: 1 })).toMatchObject({ threads: 1, description: "cpu, 1 thread" });
  expect(createRuntime({ threads: most + 62 }).threads).toBe(most);
  for (const threads of [0, 1.5, Number.NaN])
    expect(() => createRuntime({ threads })).toThrow(/threads must be a positive integer/);
});

test("UNBLUR_THREADS is the number where none is requested", () => {
  vi.stubEnv("UNBLUR_THREADS", "1");
  expect(createRuntime().threads).toBe(1);
  expect(createRuntime({ threads: most }).threads).toBe(most);
  vi.stubEnv("UNBLUR_THREADS", String(most + 62));
  expect(createRuntime().threads).toBe(most);
  for (const wrong of ["0", "two", "1.5", "-1"]) {
    vi.stubEnv("UNBLUR_THREADS", wrong);
    expect(() => createRuntime()).toThrow(/UNBLUR_THREADS: the number must be a positive integer/);
  }
});

test("blur estimation uses as many threads as the networks", () => {
  expect(blurThreads(createRuntime({ threads: 1 })).lanes).toBe(1);
  expect(blurThreads(createRuntime({ threads: 1024 })).lanes).toBe(most);
});
