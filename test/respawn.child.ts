/** A program as `main.ts` is one: starts itself again, says who it is then, and waits for a signal. */
import { listenToStarter, respawn } from "../apps/cli/respawn-with-huge-pages.js";

if (process.env.AGAIN) {
  const clock = setInterval(() => {}, 1000);
  const end = (code: number) => {
    clearInterval(clock);
    process.exitCode = code;
  };
  process.once("SIGINT", () => end(130));
  listenToStarter(() => end(130));
  console.log(`${process.pid}`);
  if (process.argv[2] === "done") end(3);
  if (process.argv[2] === "killed") process.kill(process.pid, "SIGKILL");
} else await respawn({ AGAIN: "1" });
