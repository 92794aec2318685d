/** @file Entry point of the page: the restorer in its worker, and the user interface. */
import { render } from "preact";
import type { Deblurrer } from "../../../platform/browser/deblurrer.js";
import { DEVICE_CHOICES, type DeviceChoice } from "../../../platform/browser/runtime.js";
import { createDeblurrer } from "../../../platform/browser/worker-client.js";
import { keepOffline } from "./offline.js";
import { App } from "./ui/app.js";

/** `?device=wasm` and `?device=webgpu` are for comparison; by default the page uses the fastest device. */
function deviceAsked(): DeviceChoice {
  const asked = new URLSearchParams(location.search).get("device");
  return DEVICE_CHOICES.find((choice) => choice === asked) ?? "auto";
}

function startDeblurrer(): Deblurrer {
  const worker = new Worker(new URL("../../../platform/browser/worker.ts", import.meta.url), { type: "module" });
  return createDeblurrer(worker, { base: new URL("./", location.href).href, device: deviceAsked() });
}

await keepOffline();
const deblurrer = startDeblurrer();
render(<App deblurrer={deblurrer} />, document.querySelector("#app")!);

/** Access from the console: `await unblur.openModel("default")`. */
Object.assign(globalThis, { unblur: deblurrer });
