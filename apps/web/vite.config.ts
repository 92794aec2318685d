/** @file `npm run build:web`: a folder of static files that any host can serve, from any path. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { siteFiles } from "./site-files.js";

const HERE = import.meta.dirname;
/** Headers of isolation from other origins, which shared memory and so threads require. */
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Large files are loaded on demand: the runtime and the models through the page's own cache, and the HEIC decoder. */
const isPrecached = (path: string): boolean =>
  !/^runtime\/.*\.wasm$|^models\/|^heif\/|\.map$|^service-worker\.js$/.test(path);

function site(): Plugin {
  return {
    name: "unblur-site",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, source] of siteFiles()) this.emitFile({ type: "asset", fileName, source });
        const worker = bundle["service-worker.js"];
        if (worker?.type !== "chunk") throw new Error("service-worker.js: expected it among the built files");
        const contents = Object.values(bundle).map((file) => (file.type === "chunk" ? file.code : file.source));
        const paths = [...Object.keys(bundle), ...siteFiles().keys(), ...readdirSync(join(HERE, "public"))];
        const files = [...new Set(paths)].filter(isPrecached).sort();
        const version = contents.reduce((hash, content) => hash.update(content), createHash("sha256")).digest("hex");
        worker.code = worker.code
          .replace("__VERSION__", version.slice(0, 16))
          .replace(/["'`]__FILES__["'`]/, JSON.stringify(files));
      },
    },
    configureServer({ middlewares }) {
      const files = siteFiles();
      middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? "/", "http://page").pathname.slice(1);
        const content = files.get(path);
        if (!content) return next();
        const type = { mjs: "text/javascript", json: "application/json", wasm: "application/wasm" }[
          path.split(".").at(-1)!
        ];
        response.writeHead(200, { "Content-Type": type ?? "application/octet-stream", ...ISOLATED }).end(content);
      });
    },
  };
}

export default defineConfig({
  root: HERE,
  base: "./",
  plugins: [site()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { headers: ISOLATED },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: join(HERE, "../../dist-web"),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: join(HERE, "index.html"), "service-worker": join(HERE, "src/service-worker.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
