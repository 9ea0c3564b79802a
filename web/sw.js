// Makes the page work offline. `files.js` names every file of the site and is written when the site
// is put together. When it changes, this worker changes, and the browser installs the new one.
//
// Files come from the network if there is one, so that a page and its scripts are of one version,
// and from the cache if there is none or if it takes too long.

importScripts("files.js");

const { version, names } = self.FILES;
const CACHE = `notes-page-${version}`;
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(names)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    // Other caches are not ours: the database keeps a witness in one.
    for (const name of await caches.keys()) if (name.startsWith("notes-page-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === self.location.origin) event.respondWith(answer(request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = cache.match(request, { ignoreSearch: true });
  const limit = new AbortController();
  const timer = setTimeout(async () => { if (await kept) limit.abort(); }, PATIENCE);
  try {
    return await fetch(request, { signal: limit.signal });
  } catch {
    return await kept ?? new Response("not found\n", { status: 504, headers: { "Content-Type": "text/plain" } });
  } finally {
    clearTimeout(timer);
  }
}
