/** @file Settings of the kernel estimates. No single setting finds every kernel, and each fails on different photos. */

/** Settings of one estimate, which alternates between sketch and kernel. */
export interface EstimateSettings {
  /** Reach of the kernel in pixels to each side. */
  readonly reachPx: number;
  /** 1: every level of the pyramid; 2: every second one, halvings. */
  readonly eachLevel: 1 | 2;
  /** Iterations on each level, from fine to coarse; the last number applies to all coarser levels. */
  readonly turns: readonly number[];
  /** Direction of the short line that is the initial kernel. */
  readonly start: "across" | "upright";
  /**
   * Penalty of a brightness step in a sketch, in squared light: `first`, divided by `fall` after each iteration, at
   * least `least`.
   */
  readonly lambda: { readonly first: number; readonly fall: number; readonly least: number };
  /** Splitting of a sketch (see `SparseGradients`). */
  readonly split: { readonly firstBeta: number; readonly rise: number; readonly mostBeta: number };
  /** Edges in the kernel fit: all, or the strongest of each direction (Cho and Lee 2009). */
  readonly edges: "all" | "strongest";
  /** Share of a window's side that fades out at each end in the fit. */
  readonly fade: number;
  readonly fit: KernelFit;
}

/**
 * Fit of a kernel (see `fits.ts`). `ridge` is a share of the sketch's power; for conjugate gradients it is the weight
 * itself.
 */
export type KernelFit =
  | { readonly kind: "simplex" | "not negative"; readonly ridge: number; readonly iterations: number }
  | { readonly kind: "conjugate gradients"; readonly ridge: number; readonly iterations: number };

const STRONGEST: EstimateSettings = {
  reachPx: 15,
  eachLevel: 1,
  turns: [5],
  start: "across",
  lambda: { first: 4e-3, fall: 1.1, least: 1e-4 },
  split: { firstBeta: 2, rise: 2, mostBeta: 100 },
  edges: "strongest",
  fade: 0,
  fit: { kind: "conjugate gradients", ridge: 2, iterations: 21 },
};

const ALL_EDGES: EstimateSettings = {
  reachPx: 15,
  eachLevel: 1,
  turns: [3, 3, 4, 4, 6, 6, 8],
  start: "across",
  lambda: { first: 0.024, fall: 1.15, least: 7e-4 },
  split: { firstBeta: 8, rise: 1.5, mostBeta: 100 },
  edges: "all",
  fade: 0.12,
  fit: { kind: "not negative", ridge: 1e-3, iterations: 40 },
};

/**
 * Settings chosen on the photos of Levin et al. (2009) and on Kodak's with synthetic shake. Strong edges alone are best
 * where edges are few and the blur is wide, all edges where texture is rich and the blur is small. No reliable
 * criterion chooses between them beforehand.
 */
export const ESTIMATES = {
  strongest: STRONGEST,
  wide: { ...STRONGEST, reachPx: 22 },
  upright: { ...STRONGEST, start: "upright" },
  "all edges": ALL_EDGES,
  simplex: {
    ...ALL_EDGES,
    eachLevel: 2,
    turns: [3, 4, 6, 8],
    fit: { kind: "simplex", ridge: 1e-3, iterations: 40 },
  },
} as const satisfies Record<string, EstimateSettings>;

export type EstimateName = keyof typeof ESTIMATES;
