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

const LEAST_TOKEN = 16;

/** The problem with a token, or null. Headers carry printable ASCII without surrounding spaces. */
export function tokenProblem(token: string): string | null {
  if (token.length < LEAST_TOKEN) return `expected at least ${LEAST_TOKEN} characters, got ${token.length}`;
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
      description: "Token that clients send as Authorization: Bearer TEXT; better set in UNBLUR_TOKEN",
    }),
  model: z
    .string()
    .default("default")
    .meta({ value: "NAME", description: "Model of requests that name none; opened at the start" }),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Photos restored at the same time, each in a process of its own"),
  threads: z
    .int()
    .min(1)
    .optional()
    .describe("Threads of each of these processes, capped at the number of processors or the CPU quota (default: all)"),
  maxMegabytes: whole(1, 64).describe("Largest upload"),
  maxMegapixels: z.number().positive().default(50).describe("Largest photo, in millions of pixels"),
  syncMegapixels: z.number().positive().default(2).describe("Largest photo of /v1/restore; larger ones are jobs"),
  maxSamples: whole(1, 8).describe("Most restorations of one photo"),
  maxSteps: whole(1, 100).describe("Most diffusion steps"),
  queue: whole(0, 16).describe("Photos that may wait; more are refused with 503"),
  perClient: whole(1, 4).describe("Unfinished photos of one address; more are refused with 429"),
  maxConnections: whole(1, 256).describe("Connections at the same time; more are closed at once"),
  clientConnections: whole(1, 64).describe("Connections of one address at the same time; more are closed at once"),
  uploadSeconds: seconds(1, 60).describe("Time for a whole request to arrive"),
  decodeSeconds: seconds(1, 30).describe("Time to read a photo's header, and again to decode its pixels"),
  jobSeconds: seconds(1, 900).describe("Time for restoring a photo"),
  keepMinutes: z
    .number()
    .positive()
    .max(Math.floor(LONGEST_MS / 60_000))
    .default(10)
    .describe("How long results can be fetched"),
  keepJobs: whole(1, 64).describe("How many finished jobs stay at most; the oldest go first"),
  stopSeconds: seconds(0, 30).describe("At SIGTERM: time for running jobs to end and for their results to be fetched"),
  site: z
    .string()
    .optional()
    .meta({ value: "DIR", description: "Folder of the page, when it is not the package's own" }),
  logLevel: z
    .enum(["info", "warn", "silent"])
    .default("info")
    .describe("JSON lines on stdout; never of a picture's content"),
} as const;

export const serviceOptionsSchema = z.strictObject(serviceOptions);
export type ServiceOptions = z.infer<typeof serviceOptionsSchema>;
