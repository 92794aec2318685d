/** @file A process that reports when it has the lock of the folder given as argument, and then waits to be killed. */
import { lockFolder } from "../platform/node/files/process-lock.js";

const lock = await lockFolder(process.argv[2]!, "training", "runs/1: is being trained").catch((error: Error) => error);
console.log(lock instanceof Error ? lock.message : "locked");
if (!(lock instanceof Error)) setInterval(() => {}, 1000);
