/** @file One-line status of an experiment: the current work, its progress and the remaining time. */
import type { ExperimentEvent } from "../../platform/node/paper/experiment.js";
import { duration } from "../../src/base/duration.js";
import type { Estimate } from "../../src/paper/estimate.js";

/** Weight of the estimate, as time already spent at the estimated speed, until measured work outweighs it. */
const PRIOR_MS = 20_000;
/** Work done in less than this share of its estimate was already there; it says nothing about the speed. */
const AT_HAND = 0.05;

export interface ExperimentStatus {
  /** Processes an event at a time in ms; returns the status line, or null if the event is no progress. */
  line(event: ExperimentEvent, nowMs: number): string | null;
}

/** `finished`: runs that need no training. */
export function experimentStatus({ ms }: Estimate, finished: ReadonlySet<string>): ExperimentStatus {
  const left = new Map([...ms].filter(([id]) => !finished.has(id)));
  let [spentMs, estimatedMs] = [PRIOR_MS, PRIOR_MS];
  let current: { id: string; startedAt: number; fraction: number; from: number } | null = null;

  const settle = (nowMs: number) => {
    if (!current) return;
    const estimated = (left.get(current.id) ?? 0) * (current.fraction - current.from);
    if (nowMs - current.startedAt > AT_HAND * estimated) {
      spentMs += nowMs - current.startedAt;
      estimatedMs += estimated;
    }
    left.delete(current.id);
  };
  const enter = (id: string, fraction: number, nowMs: number) => {
    if (current?.id !== id) {
      settle(nowMs);
      current = { id, startedAt: nowMs, fraction, from: fraction };
    }
    current.fraction = fraction;
  };
  const timeLeft = (nowMs: number): string => {
    const of = current!;
    const done = (left.get(of.id) ?? 0) * (of.fraction - of.from);
    const pace = (spentMs + nowMs - of.startedAt) / (estimatedMs + done);
    const rest = [...left].reduce((sum, [id, value]) => sum + (id === of.id ? value * (1 - of.fraction) : value), 0);
    return `${duration(rest * pace)} left in all`;
  };

  return {
    line(event, nowMs) {
      if (event.type === "training") {
        const { step, loss } = event.event;
        enter(event.run.id, step / event.run.config.steps, nowMs);
        return `training ${event.run.id}: step ${step} of ${event.run.config.steps}, loss ${loss.toPrecision(3)}, ${timeLeft(nowMs)}`;
      }
      if (event.type === "task") {
        enter(event.task.id, event.total === 0 ? 1 : event.done / event.total, nowMs);
        return `measuring ${event.task.id}: ${event.done} of ${event.total}, ${timeLeft(nowMs)}`;
      }
      return null;
    },
  };
}
