/** @file The lines that tell of scenes being prepared, by `unblur prepare` and, before its first step, `unblur train`. */
import type { PrepareOptions } from "../../platform/node/data/prepare-scenes.js";
import { duration } from "../../src/base/duration.js";
import type { Io } from "./io.js";

export const preparationLines = (io: Io): Required<Pick<PrepareOptions, "onMissing" | "onScene">> => ({
  onMissing(missing, scenes, out) {
    if (missing > 0) io.say(`preparing ${missing} of ${scenes} scenes in ${out}`);
  },
  onScene: ({ done, scenes, timeLeftMs }) => io.progress(`scene ${done} of ${scenes}  ${duration(timeLeftMs)} left`),
});
