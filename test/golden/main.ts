/** @file The process of `npm run golden -- DIR [PART]`. */
import { golden } from "./command.js";

process.exitCode = await golden(console, process.argv[2], process.argv[3]);
