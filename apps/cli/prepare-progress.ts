/** @file Prepares scenes with a progress line, for `unblur prepare` and, before its first step, `unblur train`. */
import { type PrepareOptions, prepareScenes } from "../../platform/node/data/prepare-scenes.js";
import { duration } from "../../src/base/duration.js";
import type { PreparedScenes } from "../../src/data/scenes.js";
import type { Io } from "./io.js";

export const prepareWithProgress = (
  options: Omit<PrepareOptions, "signal" | "onMissing" | "onScene">,
  io: Io,
): Promise<PreparedScenes> =>
  prepareScenes({
    ...options,
    signal: io.signal,
    onMissing(missing, scenes) {
      if (missing > 0) io.say(`preparing ${missing} of ${scenes} scenes in ${options.out}`);
    },
    onScene: ({ done, scenes, timeLeftMs }) => io.progress(`scene ${done} of ${scenes}  ${duration(timeLeftMs)} left`),
  });
