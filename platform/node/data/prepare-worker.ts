/** @file The thread that prepares scenes, one at a time. See `prepare-scenes.ts` for its owner. */
import { parentPort, workerData } from "node:worker_threads";
import { UnblurError } from "../../../src/base/errors.js";
import { openPreparation, type PreparationSettings, type SceneReply } from "./prepare-scenes.js";

const preparation = openPreparation(workerData as PreparationSettings);
const port = parentPort!;

port.on("message", async (scene: number | "close") => {
  if (scene === "close") {
    await preparation.close();
    port.close();
    return;
  }
  const bad: string[] = [];
  const reply = (error?: SceneReply["error"]) => port.postMessage({ bad, error } satisfies SceneReply);
  try {
    await preparation.prepare(scene, (reason) => bad.push(reason));
    reply();
  } catch (error) {
    const known = error instanceof UnblurError;
    const message = known ? error.message : String((error as Error).stack ?? error);
    reply({ code: known ? error.code : "data", message });
  }
});
