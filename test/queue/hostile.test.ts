/** @file The tests of the service with hostile clients, with the photos restored by a worker of a queue. */
import { describe } from "vitest";
import { lacks } from "../machine.js";
import { startServicesBy } from "../server/running-service.js";
import { startQueuedService } from "./queued-service.js";

startServicesBy(startQueuedService);
if (lacks("redis")) describe.skip("the service over a queue", () => {});
else {
  describe("bodies", async () => {
    await import("../server/hostile-bodies.test.js");
  });
  describe("connections", async () => {
    await import("../server/hostile-connections.test.js");
  });
}
