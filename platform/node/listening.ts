/** @file Explains why a port cannot be listened on. */
import { UnblurError } from "../../src/base/errors.js";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use; stop the program that listens there, or choose another --port",
  EACCES: "needs administrator rights; choose a --port of 1024 or more",
  EADDRNOTAVAIL: "is not an address of this machine; choose another --host",
  ENOTFOUND: "is a host name that cannot be resolved; choose another --host",
};

/** Returns the result of `listen`. Throws `argument` if the address is not available. */
export async function listening<T>(listen: Promise<T>, host: string, port: number): Promise<T> {
  try {
    return await listen;
  } catch (cause) {
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ""];
    if (why === undefined) throw cause;
    throw new UnblurError("argument", `${host}:${port}: expected an address to listen on, but it ${why}`, { cause });
  }
}
