/** @file Fourier transforms of single precision in WebAssembly (PFFFT), of blocks whose sides are powers of two, from 32 on. */
import createPffft from "@echogarden/pffft-wasm/simd";
import { ComplexTransform } from "./complex-transform.js";
import type { PffftModule } from "./pffft-module.js";
import { RealTransform } from "./real-transform.js";

/** Transforms by size, each made once. */
export interface Fourier {
  real(size: number): RealTransform;
  complex(size: number): ComplexTransform;
}

/** The least side that PFFFT takes. */
export const LEAST_SIDE = 32;

function bySize<T>(make: (size: number) => T): (size: number) => T {
  const made = new Map<number, T>();
  return (size) => {
    const known = made.get(size) ?? make(size);
    made.set(size, known);
    return known;
  };
}

const fourierOf = (pffft: PffftModule): Fourier => ({
  real: bySize((size) => new RealTransform(pffft, size)),
  complex: bySize((size) => new ComplexTransform(pffft, size)),
});

let opened: Promise<Fourier> | undefined;

/** Loads the library at the first call. */
export function openFourier(): Promise<Fourier> {
  opened ??= createPffft().then(fourierOf);
  return opened;
}
