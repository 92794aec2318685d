/**
 * @file The address of a queue and its password. The password comes from the environment alone: command lines are
 * shown by `ps`, kept by shells and recorded in files.
 */
import * as z from "zod";
import { UnblurError } from "../../src/base/errors.js";

/** Environment variable of the password. */
export const PASSWORD_VARIABLE = "UNBLUR_QUEUE_PASSWORD";

const EXPECTED = "expected redis://HOST:PORT, or rediss://HOST:PORT for TLS, with /NUMBER for another database than 0";

/**
 * Returns the problem with an address, or null. The sentence repeats nothing of the address, which may hold a password.
 */
function problemOf(text: string): string | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return EXPECTED;
  }
  if (!["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") return EXPECTED;
  if (url.password !== "")
    return `expected an address without a password, which other users of this machine could read; set ${PASSWORD_VARIABLE}`;
  return /^\/?\d*$/.test(url.pathname) && url.search === "" && url.hash === "" ? null : EXPECTED;
}

/** The option of commands that use a queue. */
export const queueOption = z
  .string()
  .check(({ value, issues }) => {
    const message = problemOf(value);
    if (message !== null) issues.push({ code: "custom", message, input: value });
  })
  .optional()
  .meta({
    secret: "true",
    value: "URL",
    description: `Share the work over machines: the Redis or Valkey server, redis://HOST:PORT; a password is read from ${PASSWORD_VARIABLE}`,
  });

export const storeOption = z.string().min(1).optional().meta({
  value: "DIR",
  description: "With --queue: the folder, below which photos and results are, as this machine sees it",
});

export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

const DEFAULT_PORT = 6379;

/**
 * Reads an address, and takes the password out of `environment`, so that processes started later do not inherit it.
 * Throws `argument`, without repeating the address.
 */
export function readAddress(text: string, environment: NodeJS.ProcessEnv = process.env): QueueAddress {
  const problem = problemOf(text);
  if (problem !== null) throw new UnblurError("argument", `the queue's address: ${problem}`);
  const url = new URL(text);
  const password = environment[PASSWORD_VARIABLE];
  delete environment[PASSWORD_VARIABLE];
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    database: Number(url.pathname.slice(1) || 0),
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: password || undefined,
    tls: url.protocol === "rediss:",
  };
}

/** "redis://nas:6379", for people and logs. */
export const describeAddress = ({ tls, host, port }: QueueAddress): string =>
  `${tls ? "rediss" : "redis"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
