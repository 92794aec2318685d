/**
 * @file Preconditioning of a denoiser from EDM (Karras et al. 2022, table 1 and eq. 7): D(x, sigma) = skip x + out F(in
 * x, noise), chosen so that the input and the training target of F have standard deviation 1 at every level.
 */

export interface Preconditioning {
  readonly skip: number;
  readonly out: number;
  readonly in: number;
  readonly noise: number;
  /** lambda = 1 / out^2: weight of the squared error of D that makes all levels count alike in F. */
  readonly lossWeight: number;
}

/** Standard deviation of images in [-1, 1] that EDM assumes. */
const SIGMA_DATA = 0.5;

/** sigma = noise / signal, which must be positive. */
export function edmPreconditioning(sigma: number, sigmaData = SIGMA_DATA): Preconditioning {
  const variance = sigma ** 2 + sigmaData ** 2;
  return {
    skip: sigmaData ** 2 / variance,
    out: (sigma * sigmaData) / Math.sqrt(variance),
    in: 1 / Math.sqrt(variance),
    noise: Math.log(sigma) / 4,
    lossWeight: variance / (sigma * sigmaData) ** 2,
  };
}
