import { oneLine } from "../../src/base/one-line.js";

/** An invalid command line, printed as one line with exit code 2. The message names the option. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}
