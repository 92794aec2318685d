/** @file What is opened for two models in a row, and released when one of them fails. */
import { expect, test } from "vitest";
import { PREDICTS } from "../../../src/restoration/plan.js";
import { type Restorer, restorerFrom } from "../../../src/restoration/restorer.js";
import { type FoundRestorer, openPair } from "./load-restorer.js";

const found = (scale: number, log: string[], fails = false): FoundRestorer => {
  const name = `x${scale}`;
  return {
    ...{ name, scale },
    async open() {
      if (fails) throw new Error(`${name} is damaged`);
      log.push(`opened ${name}`);
      return restorerFrom({
        ...{ name, ...PREDICTS, scale },
        restore: () => Promise.reject(new Error("not asked")),
        release: async () => void log.push(`released ${name}`),
      });
    },
  };
};

test("both are opened, and released together", async () => {
  const log: string[] = [];
  const both: Restorer = await openPair(found(1, log), found(2, log));
  expect(log).toEqual(["opened x1", "opened x2"]);
  await both.release();
  expect(log.slice(2)).toEqual(["released x1", "released x2"]);
});

test("the first is released if the second cannot be opened", async () => {
  const log: string[] = [];
  await expect(openPair(found(1, log), found(2, log, true))).rejects.toThrow("x2 is damaged");
  expect(log).toEqual(["opened x1", "released x1"]);
});

test("both are released if they are no pair", async () => {
  const log: string[] = [];
  await expect(openPair(found(2, log), found(4, log))).rejects.toMatchObject({ code: "argument" });
  expect(log.slice(2).sort()).toEqual(["released x2", "released x4"]);
});
