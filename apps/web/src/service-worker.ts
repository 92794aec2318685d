/**
 * @file Caches the page for use without a network, and isolates it from other origins if its host does not, which
 * threads require. It handles only files of the built folder, and no requests to the host's API.
 */
export {}; // a module, so that its `self` is its own

declare const self: ServiceWorkerGlobalScope;

/** Both values are inserted by the build. */
const VERSION = "__VERSION__";
const FILES = "__FILES__" as unknown as readonly string[];

const CACHE = `unblur-page-${VERSION}`;
const SCOPE = new URL("./", self.location.href);
const PAGE = new URL("index.html", SCOPE).href;
const addresses = new Set(FILES.map((path) => new URL(path, SCOPE).href));

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  // From the host, not from the browser's own cache: files of one version belong together.
  await cache.addAll([...addresses].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith("unblur-page-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The same response with the headers for isolation. */
function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** The page from the host, or else from the cache. Its scripts are named after their content, so both fit. */
async function page(request: Request): Promise<Response> {
  try {
    return isolated(await fetch(request));
  } catch (cause) {
    const kept = await caches.match(PAGE);
    if (!kept) throw cause;
    return isolated(kept);
  }
}

/** Cache for photos that another app shared with the installed page; src/ui/given-files.ts takes them from there. */
const SHARED = "unblur-shared";

/** Keeps the shared files and shows the page, which opens them. They never reach the host. */
async function share(request: Request): Promise<Response> {
  const cache = await caches.open(SHARED);
  const files = (await request.formData()).getAll("photos").filter((file) => file instanceof File);
  for (const [k, file] of files.entries())
    await cache.put(new URL(`shared/${k}/${encodeURIComponent(file.name)}`, SCOPE), new Response(file));
  return Response.redirect(new URL("./?shared", SCOPE), 303);
}

const file = async (request: Request): Promise<Response> =>
  isolated((await caches.match(request, { cacheName: CACHE, ignoreSearch: true })) ?? (await fetch(request)));

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === "POST" && url.href === new URL("share", SCOPE).href) event.respondWith(share(request));
  if (request.method !== "GET") return;
  const isPage = url.pathname === SCOPE.pathname || `${url.origin}${url.pathname}` === PAGE;
  if (request.mode === "navigate" && isPage) event.respondWith(page(request));
  // The list of files may have changed, so the page asks the host first and caches the answer itself.
  else if (!url.pathname.endsWith("/index.json") && addresses.has(`${url.origin}${url.pathname}`))
    event.respondWith(file(request));
});
