/** @file Connections of one address: no single one may have all that the service takes. */
import type { Server } from "node:net";
import { clientOf } from "./client-address.js";

/** Closes at once what an address opens beyond `most`. */
export function limitConnections(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.on("connection", (socket) => {
    const client = clientOf(socket.remoteAddress ?? "");
    const count = (open.get(client) ?? 0) + 1;
    open.set(client, count);
    socket.once("close", () => {
      const left = open.get(client)! - 1;
      if (left === 0) open.delete(client);
      else open.set(client, left);
    });
    if (count > most) socket.destroy();
  });
}
