/** @file Options shared by every command that restores. */
import * as z from "zod";
import { type RestorationSettings, settingFields, settingsSchema } from "../../src/restoration/settings.js";
import { samplerFromText } from "../../src/samplers/catalog.js";

export const threadsOption = z
  .int()
  .min(1)
  .max(1024)
  .optional()
  .describe("CPU threads, capped at the number of processors or the CPU quota (default: UNBLUR_THREADS, or all)");

/** The settings of a restoration as options. The sampler is a name or JSON. */
export const restorationOptions = {
  ...settingFields,
  sampler: z.string().min(1).optional().meta({ value: "NAME|JSON", description: "Sampler (default: the model's)" }),
  keepTone: settingFields.keepTone.meta({
    without:
      "Let the brightness and colours change on scales of about 64 px and more; by default they stay the photo's",
  }),
} as const;

/** The settings among a command's options. Throws `argument` for a sampler that does not exist. */
export const settingsOf = ({
  sampler,
  ...options
}: Omit<RestorationSettings, "sampler"> & { readonly sampler?: string | undefined }): RestorationSettings =>
  settingsSchema.parse({ ...options, sampler: sampler === undefined ? undefined : samplerFromText(sampler) });
