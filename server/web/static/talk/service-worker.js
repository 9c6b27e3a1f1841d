// Keeps the page itself, so that it opens without a network and says so; never a word of a conversation.

const KEPT = "koemado-talk-{version}";
const PARTS = ["/talk", "/talk/manifest.webmanifest", "/static/icon.svg", "/static/talk/talk.css", "/static/talk/talk.js", "/static/talk/connection.js", "/static/talk/page.js", "/static/talk/sound.js", "/static/talk/capture-worklet.js", "/static/talk/icon-192.png"];

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PARTS)).then(() => self.skipWaiting())));

self.addEventListener("activate", (event) =>
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("koemado-talk-") && name !== KEPT).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  ),
);

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !PARTS.includes(url.pathname)) return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        const kept = answer.clone();
        if (answer.ok) event.waitUntil(caches.open(KEPT).then((cache) => cache.put(event.request, kept)));
        return answer;
      })
      .catch(() => caches.match(event.request)),
  );
});
