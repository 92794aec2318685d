/** @file `unblur train --queue URL --store DIR`: hands the shares of each round out, and follows them. */
import { type RunInRounds, trainRunInRounds } from "../../platform/node/runs/training-run.js";
import type { BatchSource } from "../../src/data/batch.js";
import type { RoundsEvent } from "../../src/training/rounds/loop.js";
import { readAddress } from "../queue/address.js";
import { connect } from "../queue/connection.js";
import { QueueRounds } from "../queue/queue-rounds.js";
import { Store } from "../queue/store.js";
import type { ExitCode } from "./exit-codes.js";
import type { Io } from "./io.js";

const WORKERS = 4;

interface Where {
  readonly queue: string;
  readonly store: string;
  /** Folders below the store. */
  readonly data: string;
  readonly prepared: string | null;
  readonly workers: number | undefined;
}

/** Trains until the end of the session. `follow` reports the events. */
export async function followRounds(
  session: Omit<RunInRounds, "rounds" | "runner" | "batches">,
  { queue, store, data, prepared, workers = WORKERS }: Where,
  openBatches: () => BatchSource,
  io: Io,
  follow: (events: AsyncIterable<RoundsEvent>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { lock, config } = session;
  await using connection = await connect(readAddress(queue), {
    onLost: (why) => io.say(`the queue's server is gone (${why}); waiting for it`),
    onBack: () => io.say("the queue's server is back"),
  });
  await using runner = await QueueRounds.open(
    { connection, store: await Store.open(store), run: lock.run.path, data, prepared, mostShares: workers },
    {
      say: (line) => io.say(line),
      progress: (done, total) => io.progress(`step ${done} of ${total} of this round's shares`),
    },
  );
  await using batches = config.samplesEvery === null ? null : openBatches();
  return await follow(trainRunInRounds({ ...session, rounds: config.rounds!, runner, batches }));
}
