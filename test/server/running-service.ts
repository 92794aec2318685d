/** @file A real service on a free port, with limits of a test's own, and photos to send it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { createClient } from "../../apps/server/client.js";
import { type ServiceOptions, serviceOptionsSchema } from "../../apps/server/options.js";
import { type Service, startService } from "../../apps/server/service.js";

const EXAMPLE = join(import.meta.dirname, "../../examples/friends-blurry.jpg");

export interface RunningService extends Service, AsyncDisposable {
  readonly client: ReturnType<typeof createClient>;
  /** Files in its folder: uploads and results. */
  left(): readonly string[];
  /** Waits until nothing does; false if that takes more than some seconds. */
  leavesNothing(): Promise<boolean>;
}

let start: (options: ServiceOptions) => Promise<Service> = (options) => startService(options);

/** Replaces the way in which services start; a file that imports tests of the service uses it. */
export function startServicesBy(other: typeof start): void {
  start = other;
}

export async function runService(options: Partial<ServiceOptions> = {}): Promise<RunningService> {
  const service = await start(
    serviceOptionsSchema.parse({ port: 0, threads: 1, logLevel: "silent", stopSeconds: 0, ...options }),
  );
  const left = () => readdirSync(service.folder);
  return {
    ...{ url: service.url, hasSite: service.hasSite, routes: service.routes, left },
    get folder() {
      return service.folder; // another one when the system has cleared it
    },
    get workers() {
      return service.workers;
    },
    client: createClient(service.url, options.token ? { token: options.token } : {}),
    stop: () => service.stop(),
    async leavesNothing() {
      for (let tries = 0; tries < 100 && left().length > 0; tries++) await sleep(50);
      return left().length === 0;
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A part of the example photo. */
export const part = (width: number, height: number): Sharp =>
  sharp(EXAMPLE).extract({ left: 200, top: 300, width, height });

export const blobOf = (bytes: Uint8Array, type: string): Blob => new Blob([new Uint8Array(bytes)], { type });

export const pngPart = async (width: number, height: number): Promise<Blob> =>
  blobOf(await part(width, height).png().toBuffer(), "image/png");
