/**
 * @file Catalog of SDEs: options with defaults and help. Configs hold e.g. {"kind": "vp", "betaMin": 0.1, "betaMax":
 * 20}.
 */
import * as z from "zod";
import type { Sde, SdeFamily } from "./sde.js";
import { subVpSchema, subVpSde } from "./sdes/sub-vp.js";
import { veSchema, veSde } from "./sdes/ve.js";
import { vpSchema, vpSde } from "./sdes/vp.js";

export const sdeSchema = z.discriminatedUnion("kind", [vpSchema, subVpSchema, veSchema]);

/** An SDE with every default filled in; `SdeInput` may leave options out. */
export type SdeConfig = z.infer<typeof sdeSchema>;
export type SdeInput = z.input<typeof sdeSchema>;

interface SdeEntry<Config> {
  readonly summary: string;
  readonly create: (config: Config) => Sde;
}

const sdes: { readonly [K in SdeFamily]: SdeEntry<Extract<SdeConfig, { kind: K }>> } = {
  vp: { summary: "variance-preserving: DDPM in continuous time", create: vpSde },
  "sub-vp": { summary: "sub-variance-preserving: VP's signal with less noise", create: subVpSde },
  ve: { summary: "variance-exploding: the signal stays 1, the noise grows beyond it", create: veSde },
};

const createAs = <K extends SdeFamily>(config: Extract<SdeConfig, { kind: K }>): Sde =>
  sdes[config.kind as K].create(config);

export const createSde = (config: SdeInput): Sde => createAs(sdeSchema.parse(config));
