/** @file Settings of a request, from the texts of its query or form. */
import { UnblurError } from "../../src/base/errors.js";
import { expected, isFlag, readValue } from "../../src/base/schema-text.js";
import { type Settings, settingFields } from "./contract.js";
import type { ServiceOptions } from "./options.js";
import { quoted } from "./quoted.js";

type Field = keyof typeof settingFields;
const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false, "1": true, "0": false };

/**
 * Parses the settings. Throws `argument` for an unknown name, an invalid value, and a value above the service's limits.
 */
export function readSettings(
  texts: Readonly<Record<string, unknown>>,
  { maxSteps, maxSamples }: Pick<ServiceOptions, "maxSteps" | "maxSamples">,
): Settings {
  const settings: Record<string, unknown> = {};
  for (const name of Object.keys(texts))
    if (!Object.hasOwn(settingFields, name))
      throw new UnblurError("argument", `${quoted(name)}: expected one of ${Object.keys(settingFields).join(", ")}`);
  for (const [name, schema] of Object.entries(settingFields)) {
    const text = texts[name as Field];
    const flag = isFlag(schema);
    const value = typeof text !== "string" ? text : flag ? (FLAGS[text] ?? text) : readValue(schema, text);
    const result = schema.safeParse(value);
    if (!result.success) {
      const what = flag ? "true or false" : expected(schema);
      throw new UnblurError("argument", `${name}: expected ${what}, got ${quoted(text)}`);
    }
    settings[name] = result.data;
  }
  const read = settings as Settings;
  const most = (name: "steps" | "samples", limit: number) => {
    if ((read[name] ?? 0) > limit)
      throw new UnblurError("argument", `${name}: this server allows at most ${limit}, got ${read[name]}`);
  };
  most("steps", maxSteps);
  most("samples", maxSamples);
  return read;
}
