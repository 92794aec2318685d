/** @file Configs as flat lists of settings, and the differences between those of several runs. */

/** "learningRate.peak" -> "0.001". Lists of objects by index: "data.sources.0.weight". */
export function flatten(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) return new Map([[path, JSON.stringify(value) ?? ""]]);
  const simple = Array.isArray(value) && value.every((item) => typeof item !== "object");
  if (simple) return new Map([[path, JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, item]) => [...flatten(item, path ? `${path}.${key}` : key)]));
}

export interface Difference {
  readonly setting: string;
  /** Each run's value, in the order of the configs; null if the run lacks the setting. */
  readonly values: readonly (string | null)[];
}

export function differences(configs: readonly unknown[]): Difference[] {
  const flat = configs.map((config) => flatten(config));
  const settings = [...new Set(flat.flatMap((one) => [...one.keys()]))];
  return settings
    .map((setting) => ({ setting, values: flat.map((one) => one.get(setting) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1);
}
