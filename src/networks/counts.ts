/** @file Integers of a network's description, bounded: a wrong one is refused before anything of that size is made. */
import * as z from "zod";

/** Far above any network's channels or blocks. */
const MOST = 65_536;

export const positiveCount = z.int().positive().max(MOST);
export const wholeCount = z.int().nonnegative().max(MOST);
