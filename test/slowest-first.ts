/** @file The order of test files: the longest ones first, so that no core waits for the last of them. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take half a minute or more, the longest first. */
const LONGEST = [
  "test/robustness/robustness.test.ts",
  "test/default-model.test.ts",
  "test/web/engine.test.ts",
  "test/package.test.ts",
  "test/experiments.test.ts",
  "test/golden/golden.test.ts",
  "test/golden/maxim.test.ts",
];
const PROJECTS = ["alone", "system", "numeric", "unit"];

const place = ({ moduleId, project }: TestSpecification): number => {
  const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
  return index >= 0 ? index : LONGEST.length + PROJECTS.indexOf(project.name);
};

export default class SlowestFirst extends BaseSequencer {
  /** Within a project in Vitest's order: as long as they took before, or by their size. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
