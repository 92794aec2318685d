/** @file Clients of a service: some behave, most do not. Each takes its numbers from `rng`. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { Rng } from "../../../src/base/random.js";
import { damaged } from "../mutate.js";
import type { Reply, Sent, TriedService } from "./tried-service.js";

export interface Visit {
  readonly service: TriedService;
  readonly rng: Rng;
  /** This client's address. */
  readonly from: string;
  readonly photos: readonly Uint8Array[];
  /** Jobs that were accepted, by address. */
  readonly jobs: Set<string>;
}

type Client = (visit: Visit) => Promise<Reply | null>;

export async function somePhotos(): Promise<readonly Uint8Array[]> {
  const noise = sharp({
    create: {
      width: 96,
      height: 64,
      channels: 3,
      background: "grey",
      noise: { type: "gaussian", mean: 128, sigma: 40 },
    },
  });
  const raw = noise.blur(2);
  const made = [raw.clone().jpeg(), raw.clone().png(), raw.clone().webp(), raw.clone().tiff()];
  return Promise.all(made.map((photo) => photo.toBuffer()));
}

const OCTETS = { "Content-Type": "application/octet-stream" };
const RESTORE = "/v1/restore?steps=0&restoreSharp=true";
const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.integer(list.length)]!;
const photoOf = ({ rng, photos }: Visit) => pick(rng.fork("photo"), photos);
const send = ({ service, from }: Visit, path: string, sent: Sent) =>
  service.ask(path, { method: "POST", headers: OCTETS, from, ...sent });
const bytesOf = (rng: Rng, most: number) => {
  const length = rng.fork("length").integer(most);
  return Uint8Array.from({ length }, (_, i) => rng.fork("byte", i).integer(256));
};

/** Writes to a connection by hand and reads what comes until it ends, or for `ms`. */
async function byHand({ service, from }: Visit, pieces: readonly (string | Uint8Array)[], gapMs: number, ms: number) {
  const local = process.platform === "linux" ? { localAddress: from } : {};
  const socket = connect({ host: "127.0.0.1", port: service.port, ...local });
  let text = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket
    .on("error", () => {})
    .on("data", (data) => {
      text += data.toString("latin1");
    });
  const startedAt = performance.now();
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await sleep(gapMs);
  }
  await Promise.race([closed, sleep(ms)]);
  socket.destroy();
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  return { status, text: body, ms: performance.now() - startedAt };
}

const headOf = (path: string, headers: Readonly<Record<string, string | number>>) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

function formOf(photo: Uint8Array): { readonly type: string; readonly body: Uint8Array } {
  const boundary = "----boundary7f3a";
  const part = (disposition: string, more = "") =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}${more}\r\n\r\n`;
  const before = `${part('name="steps"')}0\r\n${part('name="photo"; filename="p"', "\r\nContent-Type: image/png")}`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(before), photo, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

const WORDS = ["steps", "seed", "model", "__proto__", "constructor", "realism", "format", "stop", "samples", "x"];
const VALUES = [
  "0",
  "-1",
  "1e999",
  "NaN",
  "../../etc/passwd",
  "%00",
  "[]",
  "{}",
  "true",
  "",
  "a".repeat(5000),
  "http://x/",
];
const PATHS = [
  "/v1/jobs/x",
  "/v1/jobs/..%2f..",
  "/v1/%2e%2e/metrics",
  "/%zz",
  "//v1/models",
  "/assets/../../package.json",
  `/${"a".repeat(9000)}`,
];
const METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"];

export const CLIENTS = {
  "a good photo": (visit) => send(visit, RESTORE, { body: photoOf(visit) }),
  "a job that is followed to its end": async (visit) => {
    const reply = await send(visit, "/v1/jobs?steps=1&restoreSharp=true", { body: photoOf(visit) });
    if (reply.status === 202) visit.jobs.add(`/v1/jobs/${(JSON.parse(reply.text) as { id: string }).id}`);
    return reply;
  },
  "a job that is deleted": async (visit) => {
    const reply = await send(visit, "/v1/jobs?steps=40&restoreSharp=true", { body: photoOf(visit) });
    if (reply.status !== 202) return reply;
    await sleep(visit.rng.fork("wait").integer(300));
    return visit.service.ask(`/v1/jobs/${(JSON.parse(reply.text) as { id: string }).id}`, {
      method: "DELETE",
      from: visit.from,
    });
  },
  "a damaged photo": (visit) => send(visit, RESTORE, { body: damaged(photoOf(visit), visit.rng.fork("damage")) }),
  "bytes of no meaning": (visit) => send(visit, RESTORE, { body: bytesOf(visit.rng, 2000) }),
  "a damaged form": (visit) => {
    const { type, body } = formOf(photoOf(visit));
    const damage = visit.rng.fork("type").integer(4) === 0;
    const header = damage
      ? Buffer.from(damaged(Buffer.from(type), visit.rng))
          .toString("latin1")
          .replace(/[^ -~]/g, "?")
      : type;
    return send(visit, "/v1/restore", {
      headers: { "Content-Type": header },
      body: damaged(body, visit.rng.fork("body")),
    });
  },
  "an odd query": (visit) => {
    const pairs = Array.from({ length: 1 + visit.rng.fork("n").integer(4) }, (_, i) => {
      const each = visit.rng.fork("pair", i);
      return `${pick(each.fork("word"), WORDS)}=${pick(each.fork("value"), VALUES)}`;
    });
    return send(visit, `/v1/restore?${pairs.join("&")}`, { body: photoOf(visit) });
  },
  "an odd address": ({ rng, service, from }) =>
    service.ask(pick(rng.fork("path"), PATHS), { method: pick(rng.fork("method"), METHODS), from }),
  "hanging up at any moment": async (visit) => {
    await send(visit, "/v1/restore?steps=60&restoreSharp=true", {
      body: photoOf(visit),
      hangUpMs: visit.rng.fork("ms").integer(400),
    });
    return null;
  },
  "an upload that drips and breaks off": async (visit) => {
    const head = headOf("/v1/restore", { "Content-Type": "image/png", "Content-Length": 100_000 });
    await byHand(visit, [head, ...new Array(10).fill("x")], 100, 0);
    return null;
  },
  "another length than was told": async (visit) => {
    const photo = photoOf(visit);
    const length = Math.max(0, photo.length + visit.rng.fork("by").integer(400) - 200);
    const reply = await byHand(
      visit,
      [headOf(RESTORE, { "Content-Type": "image/png", "Content-Length": length }), photo],
      0,
      1500,
    );
    return reply.status === 0 ? null : reply;
  },
  "no HTTP": async (visit) => {
    const reply = await byHand(visit, [bytesOf(visit.rng, 300), "\r\n\r\n"], 0, 1000);
    return reply.status === 0 ? null : reply;
  },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof CLIENTS;
export const CLIENT_NAMES = Object.keys(CLIENTS) as ClientName[];
