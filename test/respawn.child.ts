/** A program as `main.ts` is one: starts itself again, says who it is then, and waits for a signal. */
import { readFileSync } from "node:fs";
import { listenToStarter, respawn } from "../apps/cli/respawn-with-huge-pages.js";

if (process.env.AGAIN) {
  const clock = setInterval(() => {}, 1000);
  const end = (code: number) => {
    clearInterval(clock);
    process.exitCode = code;
  };
  const stop = () => (process.argv[2] === "slow" ? setTimeout(end, 500, 130) : end(130));
  process.once("SIGINT", stop);
  listenToStarter(stop);
  console.log(`${process.pid}`);
  if (process.argv[2] === "done") end(3);
  if (process.argv[2] === "late") end(130);
  if (process.argv[2] === "killed") process.kill(process.pid, "SIGKILL");
} else {
  const ended = respawn({ AGAIN: "1" });
  if (process.argv[2] === "late") signalLate();
  await ended;
}

/** Gives the first process a signal when the second one has ended, before the first one's event loop learns of it. */
function signalLate(): void {
  const [second] = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").split(" ");
  while (!readFileSync(`/proc/${second}/stat`, "utf8").includes(") Z "));
  process.emit("SIGINT");
}
