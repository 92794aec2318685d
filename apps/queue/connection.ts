/**
 * @file Connections to the queue's server. The first connection is tried once; a connection that is lost later is
 * retried until it is back.
 */
import type { Queue } from "bullmq";
import { Redis } from "ioredis";
import { UnblurError } from "../../src/base/errors.js";
import { describeAddress, type QueueAddress } from "./address.js";

/** Name of the queue on its server. One queue holds all jobs, so a worker serves every client. */
export const QUEUE = "unblur";
/** Channel on which a client tells workers which job to stop. */
export const CANCEL_CHANNEL = "unblur:cancel";

const CONNECT_MS = 5000;
const LONGEST_PAUSE_MS = 2000;

/** The server's words about passwords, by the start of its error. */
const REFUSALS = {
  NOAUTH: "wants a password; set UNBLUR_QUEUE_PASSWORD",
  WRONGPASS: "does not accept the password in UNBLUR_QUEUE_PASSWORD",
  NOPERM: "does not let this user do all that a queue needs",
} as const;

/** Returns the message of an error and nothing else: errors of commands carry their arguments, passwords among them. */
function notConnected(address: QueueAddress, error: Error): UnblurError {
  const refusal = Object.entries(REFUSALS).find(([code]) => error.message.startsWith(code));
  const why = refusal?.[1] ?? `is not reachable (${error.message}); start it, or check the address`;
  return new UnblurError("device", `the queue at ${describeAddress(address)} ${why}`);
}

export interface QueueConnection extends AsyncDisposable {
  readonly address: QueueAddress;
  /** Connection for commands. BullMQ opens further connections for its blocking commands. */
  readonly client: Redis;
  /** True while the server is connected. */
  readonly isThere: boolean;
  /** Another connection, closed with this one. */
  another(): Redis;
}

/**
 * Connects. Calls `onLost` and `onBack` when the server disconnects and reconnects; commands wait meanwhile. Throws
 * `device` if the server cannot be reached at once or refuses the password.
 */
export async function connect(
  address: QueueAddress,
  { onLost, onBack }: { onLost?(why: string): void; onBack?(): void } = {},
): Promise<QueueConnection> {
  let wasThere = false;
  let isThere = false;
  const { host, port, database, username, password, tls } = address;
  const client = new Redis({
    ...{ host, port, db: database, lazyConnect: true, connectTimeout: CONNECT_MS, maxRetriesPerRequest: null },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: { servername: host } } : {}),
    retryStrategy: (times) => (wasThere ? Math.min(LONGEST_PAUSE_MS, times * 100) : null),
  });
  let lastError = new Error("no answer");
  client.on("error", (error: Error) => {
    lastError = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    client.disconnect();
    const first = (error as Error).message.startsWith("Connection is closed") ? lastError : (error as Error);
    throw notConnected(address, first);
  }
  wasThere = true;
  isThere = true;
  const gone = () => {
    if (isThere) onLost?.(lastError.message);
    isThere = false;
  };
  client.on("close", gone);
  client.on("ready", () => {
    if (!isThere) onBack?.();
    isThere = true;
  });
  const others: Redis[] = [];
  return {
    address,
    client,
    get isThere() {
      return isThere;
    },
    another() {
      const other = client.duplicate({ lazyConnect: false });
      other.on("error", () => {}); // told by the first connection
      others.push(other);
      return other;
    },
    async [Symbol.asyncDispose]() {
      client.off("close", gone);
      // Closed while it connects, a connection rejects promises that nobody holds any more.
      await Promise.all(others.map(settled));
      for (const one of [...others, client]) one.disconnect();
    },
  };
}

/**
 * Returns the number of connected workers of the queue. The server lists the clients of all its databases; a server
 * that does not tell the database is taken to have one.
 */
export async function workersThere(queue: Queue, { address }: QueueConnection): Promise<number> {
  const workers = await queue.getWorkers();
  return workers.filter(({ db = address.database }) => Number(db) === address.database).length;
}

/** Resolves once the connection is made or has failed. */
const settled = (one: Redis): Promise<void> =>
  new Promise((resolve) => {
    if (one.status !== "connecting" && one.status !== "connect") return resolve();
    for (const event of ["ready", "error", "end"]) one.once(event, () => resolve());
  });
