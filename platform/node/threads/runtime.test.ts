/** @file How many threads a runtime and the blur estimation beside it use. */
import { expect, test } from "vitest";
import { blurThreads } from "../models/load-restorer.js";
import { usableProcessors } from "./processors.js";
import { createRuntime } from "./runtime.js";

const most = usableProcessors();

test("as many threads as asked for, at most as many as there are processors", () => {
  expect(createRuntime().threads).toBe(most);
  expect(createRuntime({ threads: 1 })).toMatchObject({ threads: 1, description: "cpu, 1 thread" });
  expect(createRuntime({ threads: most + 62 }).threads).toBe(most);
  for (const threads of [0, 1.5, Number.NaN])
    expect(() => createRuntime({ threads })).toThrow(/threads must be a positive integer/);
});

test("blur is estimated on as many threads as the networks run on", () => {
  expect(blurThreads(createRuntime({ threads: 1 })).lanes).toBe(1);
  expect(blurThreads(createRuntime({ threads: 1024 })).lanes).toBe(most);
});
