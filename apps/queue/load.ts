/** @file The packages of the queue are optional: whoever restores on one machine does not install them. */
import { UnblurError } from "../../src/base/errors.js";

const PACKAGES = "bullmq ioredis @bull-board/api @bull-board/ui";

/** Runs an import of a file that needs them. Throws `device` with what to install where they are missing. */
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
