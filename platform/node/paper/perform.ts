/** @file Maps every kind of task to the function that performs it. */
import type { Task, TaskKind } from "../../../src/paper/plan.js";
import type { TaskResult } from "../../../src/paper/results.js";
import { costTask } from "./cost-task.js";
import { evaluateTask } from "./evaluate-task.js";
import type { TaskContext } from "./task.js";
import { trajectoryTask } from "./trajectory-task.js";

type Perform<K extends TaskKind> = (
  context: TaskContext<Extract<Task, { kind: K }>>,
) => Promise<Extract<TaskResult, { kind: K }>>;

const PERFORM: { readonly [K in TaskKind]: Perform<K> } = {
  evaluation: evaluateTask,
  trajectory: trajectoryTask,
  cost: costTask,
};

const performAs = <K extends TaskKind>(context: TaskContext<Extract<Task, { kind: K }>>) =>
  PERFORM[context.task.kind as K](context);

/**
 * Performs the unfinished parts of a task and returns the whole result. Throws `cancelled`; finished parts are kept.
 */
export const perform = (context: TaskContext<Task>): Promise<TaskResult> => performAs(context);
