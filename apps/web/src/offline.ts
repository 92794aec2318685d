/** @file Registers the service worker, which caches the page and isolates it if the host does not. */

const RELOADED = "unblur-reloaded";
/**
 * Longest wait for the worker on a slow connection or if its installation fails; the page then starts with one thread.
 */
const PATIENCE_MS = 5000;

/**
 * Registers the service worker. If the page is not isolated but could be with the worker's headers, it is reloaded
 * before anything was done in it, and the promise does not resolve. Without the worker everything works, with one
 * thread and a network.
 */
export async function keepOffline(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.MODE === "development") return;
  const { serviceWorker } = navigator;
  const registered = serviceWorker.register("service-worker.js").then(
    () => true,
    () => false, // private windows do not allow it
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
