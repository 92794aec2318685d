/**
 * @file Who published each architecture: the code, its licence, and what its checkpoints are called. The one place for these facts; they
 * were looked up in the repositories and their issues in 2026. Not one of these files comes with this project.
 */
import type { Architecture } from "./catalog.js";

export interface Publication {
  /** Where the code is, as owner/name on GitHub; null for this project's own. */
  readonly code: string | null;
  /** Of the code. Whether it holds for the checkpoints, their authors seldom say. */
  readonly license: string;
  /** Names under which the authors offer checkpoints, those for deblurring where there are any. */
  readonly checkpoints: readonly string[];
  /** What one should know of them. */
  readonly remark?: string;
}

const UNSTATED = "none stated";

export const PUBLICATIONS: { readonly [A in Architecture]: Publication } = {
  "residual-unet": { code: null, license: "MIT", checkpoints: [] },
  "conditional-unet": {
    code: "KiUngSong/Generative-Models",
    license: "MIT",
    checkpoints: [],
    remark: "the code saves its diffusion with the schedule; trained weights are not offered",
  },
  sr3: {
    code: "Janspiry/Image-Super-Resolution-via-Iterative-Refinement",
    license: "Apache-2.0",
    checkpoints: ["I640000_E37_gen.pth", "I830000_E32_gen.pth"],
    remark: "enlarge faces: 16 to 128 px and 64 to 512 px",
  },
  rcan: {
    code: "yulunzhang/RCAN",
    license: "none stated; its authors point to EDSR-PyTorch, which has it too, under MIT",
    checkpoints: ["RCAN_BIX2.pt", "RCAN_BIX3.pt", "RCAN_BIX4.pt", "RCAN_BIX8.pt", "RCAN_BDX3.pt"],
    remark: "enlarge photos; a deblurrer has scale 1 and is trained by oneself",
  },
  han: {
    code: "wwlCape/HAN",
    license: UNSTATED,
    checkpoints: ["HAN_BIX2.pt", "HAN_BIX3.pt", "HAN_BIX4.pt", "HAN_BIX8.pt", "HAN_BDX3.pt"],
    remark: "enlarge photos; a deblurrer has scale 1 and is trained by oneself",
  },
  hinet: {
    code: "megvii-model/HINet",
    license: "MIT",
    checkpoints: ["HINet-GoPro.pth", "HINet-REDS.pth"],
  },
  mprnet: {
    code: "swz30/MPRNet",
    license: "Academic Public License: no commercial use",
    checkpoints: ["model_deblurring.pth"],
  },
  "mimo-unet": {
    code: "chosj95/MIMO-UNet",
    license: UNSTATED,
    checkpoints: ["MIMO-UNet.pkl", "MIMO-UNetPlus.pkl"],
  },
  nafnet: {
    code: "megvii-research/NAFNet",
    license: "MIT",
    checkpoints: ["NAFNet-GoPro-width32.pth", "NAFNet-GoPro-width64.pth", "NAFNet-REDS-width64.pth"],
    remark: "measured with means of windows (pooling local, trainPx 256), which import assumes",
  },
};
