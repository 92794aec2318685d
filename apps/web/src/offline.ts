/** @file The service worker: what keeps the page for later, and isolates it where the host does not. */

const RELOADED = "unblur-reloaded";

/**
 * Registers it. Where the page is not isolated and could be with the worker's headers, it is loaded once more, before anything was done
 * in it; then the promise does not resolve. Everything works without, with one thread and with a network.
 */
export async function keepOffline(): Promise<void> {
  if (!("serviceWorker" in navigator) || import.meta.env.MODE === "development") return;
  const { serviceWorker } = navigator;
  const registered = serviceWorker.register("service-worker.js").catch(() => null); // private windows refuse it
  if (globalThis.crossOriginIsolated || sessionStorage.getItem(RELOADED)) return;
  if (!(await registered)) return;
  if (!serviceWorker.controller)
    await new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  sessionStorage.setItem(RELOADED, "yes"); // once: a browser that ignores the headers must not loop
  location.reload();
  await new Promise(() => {});
}
