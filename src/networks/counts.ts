/**
 * @file Bounded integers for network configurations: a wrong value is refused before anything of its size is allocated.
 */
import * as z from "zod";

/** Upper bound, far above the channels or blocks of any network. */
const MOST = 65_536;

export const positiveCount = z.int().positive().max(MOST);
export const wholeCount = z.int().nonnegative().max(MOST);
