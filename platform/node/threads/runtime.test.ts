/** @file Number of threads of a runtime and of the blur estimation beside it. */
import { expect, test } from "vitest";
import { blurThreads } from "../models/load-restorer.js";
import { usableProcessors } from "./processors.js";
import { createRuntime } from "./runtime.js";

const most = usableProcessors();

test("the requested number of threads, at most the number of processors", () => {
  expect(createRuntime().threads).toBe(most);
  expect(createRuntime({ threads: 1 })).toMatchObject({ threads: 1, description: "cpu, 1 thread" });
  expect(createRuntime({ threads: most + 62 }).threads).toBe(most);
  for (const threads of [0, 1.5, Number.NaN])
    expect(() => createRuntime({ threads })).toThrow(/threads must be a positive integer/);
});

test("blur estimation uses as many threads as the networks", () => {
  expect(blurThreads(createRuntime({ threads: 1 })).lanes).toBe(1);
  expect(blurThreads(createRuntime({ threads: 1024 })).lanes).toBe(most);
});
