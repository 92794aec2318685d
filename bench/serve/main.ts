/**
 * @file `npm run bench:serve`: what the service does when more is asked of it than it can do. Many clients, each of an
 * address of its own, send a photo, again as soon as they are answered; among them some that hang up and some that send
 * bombs. Linux only (addresses, memory).
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";

const HELP = `npm run bench:serve -- [options]
  --seconds N   (60)
  --clients N   (24)
  --pixels N    side of the photo (256)
  --steps N     diffusion steps (0)`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    clients: { type: "string", default: "24" },
    pixels: { type: "string", default: "256" },
    steps: { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const [seconds, clients, side] = [options.seconds, options.clients, options.pixels].map(Number) as [
  number,
  number,
  number,
];
/** A refused client asks again after so long, whatever it was told: worse than any that behaves. */
const IMPATIENCE_MS = 250;
/** Every so many clients hangs up in the middle, or sends a bomb. */
const [HANGS_UP, BOMBS] = [6, 7];

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = join(ROOT, "examples/friends-blurry.jpg");
const photo = await sharp(EXAMPLE)
  .extract({ left: 100, top: 200, width: side, height: side })
  .jpeg({ quality: 95 })
  .toBuffer();
const bomb = await sharp({
  create: { width: 65_500, height: 65_500, channels: 3, background: "white" },
  limitInputPixels: false,
})
  .extract({ left: 0, top: 0, width: 64, height: 64 })
  .png()
  .toBuffer()
  .then((png) => {
    png.writeUInt32BE(65_500, 16);
    png.writeUInt32BE(65_500, 20);
    return png;
  });

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Sends a request from an address of its own, so that the service takes it for another client. Status 0: the connection
 * broke off.
 */
function ask(
  port: number,
  client: number,
  path: string,
  body: Uint8Array | null,
  type = "image/jpeg",
  hangUpMs?: number,
) {
  return new Promise<Answer>((resolve) => {
    const startedAt = performance.now();
    const ended = (status: number, headers: IncomingHttpHeaders = {}, bytes = 0) =>
      resolve({ status, headers, bytes, ms: performance.now() - startedAt });
    const call = request(
      {
        ...{ host: "127.0.0.1", port, path, localAddress: `127.0.1.${client + 1}`, agent: false },
        ...(body ? { method: "POST", headers: { "Content-Type": type, "Content-Length": body.length } } : {}),
      },
      (response) => {
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on("end", () => ended(response.statusCode!, response.headers, bytes)).on("error", () => ended(0));
      },
    );
    call.on("error", () => ended(0));
    if (hangUpMs !== undefined) setTimeout(() => call.destroy(), hangUpMs);
    call.end(body ?? undefined);
  });
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const residentMb = (pid: number): number => {
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
};
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
const quantile = (values: readonly number[], q: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0
    ? "-"
    : `${sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(0)} ms`;
};

const temporary = mkdtempSync(join(tmpdir(), "unblur-bench-serve-"));
const port = await freePort();
const server = spawn(
  process.execPath,
  ["--import", "tsx", join(ROOT, "apps/cli/main.ts"), "serve", "--port", String(port), "--log-level", "silent"],
  { env: { ...process.env, TMPDIR: temporary }, stdio: ["ignore", "ignore", "inherit"], cwd: ROOT },
);
const exited = new Promise<number | null>((resolve) => server.once("exit", resolve));
while ((await ask(port, 0, "/ready", null)).status !== 200) await sleep(200);

const statuses = new Map<string, number>();
const count = (what: string) => statuses.set(what, (statuses.get(what) ?? 0) + 1);
const served = new Array<number>(clients).fill(0);
const latencies = { restored: [] as number[], refused: [] as number[], health: [] as number[] };
let [peakServer, peakWorkers] = [0, 0];
const until = performance.now() + seconds * 1000;

async function client(index: number): Promise<void> {
  const path = `/v1/restore?steps=${options.steps}&restoreSharp=true`;
  while (performance.now() < until) {
    if (index % HANGS_UP === HANGS_UP - 1) {
      await ask(port, index, path, photo, "image/jpeg", 100);
      count("hung up on purpose");
      await sleep(IMPATIENCE_MS);
      continue;
    }
    const bombs = index % BOMBS === BOMBS - 1;
    const answer = await ask(port, index, path, bombs ? bomb : photo, bombs ? "image/png" : "image/jpeg");
    count(`${bombs ? "bomb: " : ""}${answer.status}${answer.headers["retry-after"] ? " with Retry-After" : ""}`);
    if (answer.status === 200) {
      served[index]! += 1;
      latencies.restored.push(answer.ms);
    } else {
      latencies.refused.push(answer.ms);
      await sleep(IMPATIENCE_MS);
    }
  }
}

async function watch(): Promise<void> {
  while (performance.now() < until) {
    const health = await ask(port, 200, "/health", null);
    latencies.health.push(health.ms);
    if (health.status !== 200) count(`health: ${health.status}`);
    peakServer = Math.max(peakServer, residentMb(server.pid!));
    peakWorkers = Math.max(peakWorkers, ...childrenOf(server.pid!).map(residentMb));
    await sleep(500);
  }
}

await Promise.all([watch(), ...served.map((_, index) => client(index))]);
const metrics = await new Promise<string>((resolve) => {
  request({ host: "127.0.0.1", port, path: "/metrics" }, (response) => {
    let text = "";
    response.on("data", (chunk) => {
      text += String(chunk);
    });
    response.on("end", () => resolve(text));
  }).end();
});
const ends = [...metrics.matchAll(/^unblur_jobs_total\{state="(\w+)"\} (\d+)$/gm)].map(
  ([, state, n]) => `${n} ${state}`,
);
const unfinished = ["waiting", "running"].map((what) =>
  Number(new RegExp(`^unblur_jobs_${what} (\\d+)$`, "m").exec(metrics)?.[1]),
);
server.kill("SIGTERM");
const code = await exited;
const left = readdirSync(temporary).filter((name) => name.startsWith("unblur-serve-"));
rmSync(temporary, { recursive: true, force: true });

const honest = served.filter((_, index) => index % HANGS_UP !== HANGS_UP - 1 && index % BOMBS !== BOMBS - 1);
console.log(`${clients} clients for ${seconds} s, JPEG of ${side} px, ${options.steps} steps; ${process.version}`);
for (const [what, n] of [...statuses].sort()) console.log(`  ${what}: ${n}`);
console.log(`restored: ${latencies.restored.length} (${(latencies.restored.length / seconds).toFixed(1)} a second)`);
console.log(`  time: median ${quantile(latencies.restored, 0.5)}, 95 % ${quantile(latencies.restored, 0.95)}`);
console.log(`  of each client that behaves: ${Math.min(...honest)} to ${Math.max(...honest)}`);
console.log(`refused: median ${quantile(latencies.refused, 0.5)}, 95 % ${quantile(latencies.refused, 0.95)}`);
console.log(`/health meanwhile: median ${quantile(latencies.health, 0.5)}, 95 % ${quantile(latencies.health, 0.95)}`);
console.log(`memory at most: service ${peakServer.toFixed(0)} MB, process that restores ${peakWorkers.toFixed(0)} MB`);
console.log(`accepted photos by their end: ${ends.join(", ")}; unfinished ${unfinished.join(" + ")}`);
console.log(`SIGTERM: exit ${code}; folders left ${left.length}`);
if (code !== 0 || left.length > 0 || latencies.restored.length === 0 || statuses.has("health: 0")) process.exitCode = 1;
