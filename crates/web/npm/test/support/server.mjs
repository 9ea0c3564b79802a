// Serves the package, the page and the tests' own pages, each from its folder.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json" };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Folders by the first part of the path. */
const FOLDERS = { steadfast: here("../../dist"), pages: here("../pages") };

/**
 * A server on a free port: its address, and how to end it. `headers` are those of the answer to a
 * path, beside or in the place of its own.
 */
export async function serve(folders = {}, headers = () => ({})) {
  const all = { ...FOLDERS, ...folders };
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const [, first = ""] = path.split("/");
    // As many sites do when somebody logs out.
    if (first === "clear") return void response.writeHead(200, { "Content-Type": "text/plain", "Clear-Site-Data": '"storage"' }).end("cleared\n");
    const folder = all[first] ?? all[""];
    const name = all[first] ? path.slice(first.length + 2) : path.slice(1);
    try {
      const body = await readFile(join(folder ?? here("../pages"), name === "" || name.endsWith("/") ? `${name}index.html` : name));
      const type = TYPES[extname(name)] ?? (name === "" || name.endsWith("/") ? "text/html" : "application/octet-stream");
      response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-cache", ...headers(path) }).end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const end = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return { address: `http://localhost:${port}`, end };
}
