/** @file `unblur train --queue URL --store DIR`: queues the shares of each round and follows them. */
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

export interface QueuedTraining extends AsyncDisposable {
  /** Trains until the session ends. `follow` reports the events. */
  train(
    session: Omit<RunInRounds, "rounds" | "runner" | "batches">,
    openBatches: () => BatchSource,
    follow: (events: AsyncIterable<RoundsEvent>) => Promise<ExitCode>,
  ): Promise<ExitCode>;
}

export interface QueuedTrainingOptions {
  readonly queue: string;
  readonly store: string;
  /** Folder of run folders, or of one run. Like the others it is below the store. */
  readonly runs: string;
  readonly data: string;
  readonly prepared: string | null;
  readonly workers: number | undefined;
}

/** Throws `device` or `file` if queue or store are not available, `argument` for a folder outside the store. */
export async function openQueuedTraining(
  { queue, store: folder, runs, data, prepared, workers = WORKERS }: QueuedTrainingOptions,
  io: Io,
): Promise<QueuedTraining> {
  const store = await Store.open(folder);
  for (const path of [runs, data, ...(prepared === null ? [] : [prepared])]) await store.reference(path);
  const connection = await connect(readAddress(queue), {
    onLost: (why) => io.say(`the connection to the queue's server is lost (${why}); waiting for it`),
    onBack: () => io.say("the queue's server is back"),
  });
  return {
    async train(session, openBatches, follow) {
      const { lock, config } = session;
      await using runner = await QueueRounds.open(
        { connection, store, run: lock.run.path, data, prepared, mostShares: workers },
        {
          say: (line) => io.say(line),
          progress: (done, total) => io.progress(`this round: ${done} of ${total} steps of all workers`),
        },
      );
      await using batches = config.samplesEvery === null ? null : openBatches();
      return await follow(trainRunInRounds({ ...session, rounds: config.rounds!, runner, batches }));
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
