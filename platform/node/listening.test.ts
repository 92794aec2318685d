import { createServer } from "node:net";
import { expect, test } from "vitest";
import { listening } from "./listening.js";

/** Listens as a framework does: resolves to the address, or rejects with the system's error. */
const listen = (host: string, port: number) =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
      .once("error", reject)
      .listen(port, host, () => {
        resolve((server.address() as { port: number }).port);
        server.unref();
      });
  });

test("an unavailable address is reported in one line, with the remedy", async () => {
  const port = await listening(listen("127.0.0.1", 0), "127.0.0.1", 0);
  await expect(listening(listen("127.0.0.1", port), "127.0.0.1", port)).rejects.toMatchObject({
    code: "argument",
    message: `127.0.0.1:${port}: expected an address to listen on, but it is in use; stop the program that listens there, or choose another --port`,
  });
  await expect(listening(listen("192.0.2.1", 0), "192.0.2.1", 0)).rejects.toThrow(/not an address of this machine/);
  await expect(listening(Promise.reject(new Error("else")), "h", 1)).rejects.toThrow(/^else$/);
});
