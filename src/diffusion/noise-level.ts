/** @file Conversions of a noise level: alphaBar, sqrt(alphaBar), logarithm of the signal-to-noise ratio. */
import { argumentError } from "../base/errors.js";
import type { NoiseLevel } from "./denoiser.js";

/** The level without noise, where every sampler ends. */
export const CLEAN: NoiseLevel = { signal: 1, noise: 0 };

/** Variance-preserving level of an alphaBar in [0, 1]; 0 is pure noise. */
export function levelFromAlphaBar(alphaBar: number): NoiseLevel {
  if (!(alphaBar >= 0 && alphaBar <= 1)) throw argumentError("levelFromAlphaBar", "expected 0 to 1", alphaBar);
  return { signal: Math.sqrt(alphaBar), noise: Math.sqrt(1 - alphaBar) };
}

/** Variance-preserving level of sqrt(alphaBar) in [0, 1], the level input of the paper's network. */
export function levelFromSignal(signal: number): NoiseLevel {
  if (!(signal >= 0 && signal <= 1)) throw argumentError("levelFromSignal", "expected 0 to 1", signal);
  return { signal, noise: Math.sqrt((1 - signal) * (1 + signal)) };
}

/** log(signal^2 / noise^2): minus infinity for pure noise, plus infinity for `CLEAN`. */
export const logSnrOf = ({ signal, noise }: NoiseLevel): number => 2 * (Math.log(signal) - Math.log(noise));

/**
 * Variance-preserving level of a log signal-to-noise ratio: alphaBar = sigmoid(logSnr), without cancellation at either
 * end.
 */
export function levelFromLogSnr(logSnr: number): NoiseLevel {
  if (Number.isNaN(logSnr)) throw argumentError("levelFromLogSnr", "expected a number", logSnr);
  return { signal: 1 / Math.sqrt(1 + Math.exp(-logSnr)), noise: 1 / Math.sqrt(1 + Math.exp(logSnr)) };
}

/** noise / signal, sigma where signal is 1: infinite for pure noise, 0 for `CLEAN`. */
export const sigmaOf = ({ signal, noise }: NoiseLevel): number => noise / signal;

/** The level with the same signal and noise / signal = `sigma`. */
export const levelAtSigma = (sigma: number, { signal }: NoiseLevel): NoiseLevel => ({ signal, noise: sigma * signal });
