import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { settingsSchema } from "./contract.js";
import type { RestoreTask } from "./worker-messages.js";
import { type TaskOptions, WorkerProcess } from "./worker-process.js";

let folder: string;
let worker: WorkerProcess;
const home = process.env.UNBLUR_HOME;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "unblur-worker-"));
  process.env.UNBLUR_HOME = folder;
  mkdirSync(join(folder, "models", "broken"), { recursive: true });
  writeFileSync(join(folder, "models", "broken", "model.json"), "{}");
  const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
  await sharp({ create: { width: 48, height: 40, channels: 3, background: "grey", noise } })
    .png()
    .toFile(join(folder, "photo"));
});
beforeEach(() => {
  worker = new WorkerProcess({ threads: 1 });
  return () => worker.close();
});
afterAll(() => {
  if (home === undefined) delete process.env.UNBLUR_HOME;
  else process.env.UNBLUR_HOME = home;
  rmSync(folder, { recursive: true });
});

let outputs = 0;
const taskOf = (model: string, photo = "photo"): RestoreTask => ({
  plan: {
    ...{ input: join(folder, photo), outputs: [join(folder, `restored-${++outputs}.png`)] },
    ...{ format: "png", summary: null, kernels: null },
  },
  ...{ mask: null, name: "photo", command: "a test", overwrite: false },
  settings: { ...settingsSchema.parse({ steps: 0, restoreSharp: true }), model },
});
const patient: TaskOptions = {
  ...{ signal: new AbortController().signal, decodeSeconds: 60, jobSeconds: 60 },
  onProgress: () => {},
};

test("answers are matched to their questions while another one runs", async () => {
  const tasks = ["default", "broken", "default"].map((model) => taskOf(model));
  const [opened, ...restored] = await Promise.allSettled([
    worker.open("default"),
    ...tasks.map((task) => worker.run(task, patient)),
  ]);
  expect(opened.status).toBe("fulfilled");
  expect(restored).toMatchObject([
    { status: "fulfilled", value: { files: tasks[0]!.plan.outputs } },
    { status: "rejected", reason: { status: 500, code: "model" } },
    { status: "fulfilled", value: { files: tasks[2]!.plan.outputs } },
  ]);
});

test("a stop that arrives before its task cancels it, and the next task runs", async () => {
  const stopped = worker.run(taskOf("default"), { ...patient, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  expect((await worker.run(taskOf("default"), patient)).files).toHaveLength(1);
});

test("a model that does not open: the start gets the full error, a client one without paths", async () => {
  await expect(worker.open("broken")).rejects.toMatchObject({ name: "UnblurError", code: "config" });
  const refusal = await worker.run(taskOf("broken"), patient).catch((error: Error) => error);
  expect(refusal).toMatchObject({ status: 500, code: "model", message: expect.not.stringContaining(folder) });
  expect((refusal as Error).cause).toMatchObject({ message: expect.stringContaining("broken") });
});

test("the message about an unreadable photo does not contain its path", async () => {
  const task = taskOf("default", "text");
  writeFileSync(task.plan.input, "no picture");
  await expect(worker.run(task, patient)).rejects.toMatchObject({
    code: "image",
    message: expect.stringMatching(/^photo: /),
  });
});

test("a killed process is replaced; after closing, none is started", async () => {
  await worker.open("default");
  const first = worker.pid!;
  const running = worker.run(taskOf("default"), patient);
  process.kill(first, "SIGKILL");
  await expect(running).rejects.toMatchObject({ code: "crashed" });
  expect((await worker.run(taskOf("default"), patient)).files).toHaveLength(1);
  expect(worker.pid).not.toBe(first);
  worker.close();
  await expect(worker.run(taskOf("default"), patient)).rejects.toThrow();
  await expect(worker.open("default")).rejects.toMatchObject({ code: "stopping" });
  await expect.poll(() => worker.pid).toBeUndefined();
});
