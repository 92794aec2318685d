/** @file Options of the service: address, models and limits. The command line reads them from here. */
import * as z from "zod";

const whole = (least: number, fallback: number) => z.int().min(least).default(fallback);

/** Timers count milliseconds in 31 bits; longer times would fire immediately. */
const LONGEST_MS = 2 ** 31 - 1;
const seconds = (least: number, fallback: number) =>
  z
    .int()
    .min(least)
    .max(Math.floor(LONGEST_MS / 1000))
    .default(fallback);

const MIN_TOKEN = 16;

/** The problem with a token, or null. Headers carry printable ASCII without surrounding spaces. */
export function tokenProblem(token: string): string | null {
  if (token.length < MIN_TOKEN) return `expected at least ${MIN_TOKEN} characters, got ${token.length}`;
  return /^[!-~][ -~]*[!-~]$/.test(token)
    ? null
    : "expected printable ASCII characters without leading or trailing spaces";
}

export const serviceOptions = {
  port: z.int().min(0).max(65_535).default(8080).describe("Port to listen on; 0 for any free port"),
  host: z
    .string()
    .default("127.0.0.1")
    .meta({ value: "HOST", description: "Address to listen on; one that other machines can reach needs a token" }),
  token: z
    .string()
    .check(({ value, issues }) => {
      const message = tokenProblem(value);
      if (message !== null) issues.push({ code: "custom", message, input: value });
    })
    .optional()
    .meta({
      secret: "true",
      value: "TEXT",
      description: "Token that clients send as Authorization: Bearer TEXT; preferably set in UNBLUR_TOKEN",
    }),
  model: z
    .string()
    .default("default")
    .meta({ value: "NAME", description: "Default model of requests, opened at the start" }),
  concurrency: z.int().min(1).max(64).default(1).describe("Photos restored at the same time, each in its own process"),
  threads: z
    .int()
    .min(1)
    .optional()
    .describe(
      "CPU threads per process, capped at the number of processors or the CPU quota (default: UNBLUR_THREADS, or all)",
    ),
  maxMegabytes: whole(1, 64).describe("Largest upload"),
  maxMegapixels: z.number().positive().default(50).describe("Largest photo, in millions of pixels"),
  syncMegapixels: z.number().positive().default(2).describe("Largest photo of /v1/restore; larger ones are jobs"),
  maxSamples: whole(1, 8).describe("Limit of restorations per photo"),
  maxSteps: whole(1, 100).describe("Limit of diffusion steps"),
  waiting: whole(0, 16).describe("Limit of waiting photos; further ones are refused with 503"),
  perClient: whole(1, 4).describe("Limit of unfinished photos per address; further ones are refused with 429"),
  maxConnections: whole(1, 256).describe("Limit of connections; further ones are closed at once"),
  clientConnections: whole(1, 64).describe("Limit of connections per address; further ones are closed at once"),
  uploadSeconds: seconds(1, 60).describe("Time limit for a whole request to arrive"),
  decodeSeconds: seconds(1, 30).describe("Time limit for reading a photo's header, and again for decoding its pixels"),
  jobSeconds: seconds(1, 900).describe("Time limit for restoring a photo"),
  keepMinutes: z
    .number()
    .positive()
    .max(Math.floor(LONGEST_MS / 60_000))
    .default(10)
    .describe("Time during which results can be fetched"),
  keepJobs: whole(1, 64).describe("Limit of finished jobs that are kept; the oldest are deleted first"),
  stopSeconds: seconds(0, 30).describe(
    "At SIGTERM: time for running jobs to finish and for their results to be fetched",
  ),
  site: z.string().optional().meta({ value: "DIR", description: "Folder of the page (default: the package's)" }),
  logLevel: z
    .enum(["info", "warn", "silent"])
    .default("info")
    .describe("Log level; the log is JSON lines on stdout and never includes a picture's content"),
} as const;

export const serviceOptionsSchema = z.strictObject(serviceOptions);
export type ServiceOptions = z.infer<typeof serviceOptionsSchema>;
