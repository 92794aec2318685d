/** @file The service worker: what keeps the page for later, and isolates it where the host does not. */

const RELOADED = "unblur-reloaded";
/** A slow connection, or a worker that cannot be installed: then the page starts with one thread, and has more at the next visit. */
const PATIENCE_MS = 5000;

/**
 * Registers it. Where the page is not isolated and could be with the worker's headers, it is loaded once more, before anything was done
 * in it; then the promise does not resolve. Everything works without, with one thread and with a network.
 */
export async function keepOffline(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.MODE === "development") return;
  const { serviceWorker } = navigator;
  const registered = serviceWorker.register("service-worker.js").then(
    () => true,
    () => false, // private windows refuse it
  );
  if (globalThis.crossOriginIsolated || sessionStorage.getItem(RELOADED)) return;
  const controlled = registered.then(
    (done) =>
      done &&
      (serviceWorker.controller !== null ||
        new Promise<boolean>((resolve) =>
          serviceWorker.addEventListener("controllerchange", () => resolve(true), { once: true }),
        )),
  );
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS));
  if (!(await Promise.race([controlled, late]))) return;
  sessionStorage.setItem(RELOADED, "yes"); // once: a browser that ignores the headers must not loop
  location.reload();
  await new Promise(() => {});
}
