/** @file Loads the queue's optional packages, which are not needed to restore on one machine. */
import { UnblurError } from "../../src/base/errors.js";

const PACKAGES = "bullmq ioredis @bull-board/api @bull-board/ui";

/** Runs an import that needs them. Throws `device`, with the command that installs them, if they are missing. */
export async function withQueuePackages<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" || !/'(bullmq|ioredis|@bull-board\/[a-z]+)'/.test(message)) throw cause;
    throw new UnblurError(
      "device",
      `--queue: expected the packages ${PACKAGES}, which are not installed; run \`npm install ${PACKAGES}\``,
      { cause },
    );
  }
}
