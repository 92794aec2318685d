/** @file Builds the page of `unblur watch` as one HTML file, `dist-watch/index.html`, with script and style inside. */
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const HERE = import.meta.dirname;

/** Escapes the end of a script element. A script can contain it only within strings, where `<\/` means the same. */
const inScript = (code: string): string => code.replaceAll("</script", "<\\/script");

function oneFile(): Plugin {
  return {
    name: "unblur-one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") throw new Error("index.html: expected it among the built files");
      let html = String(page.source).replace(
        /\s*<script type="module"[^>]*><\/script>|\s*<link rel="stylesheet"[^>]*>/g,
        "",
      );
      for (const [name, file] of Object.entries(bundle)) {
        if (file === page) continue;
        if (file.type === "chunk")
          html = html.replace("</body>", () => `<script type="module">${inScript(file.code)}</script>\n  </body>`);
        else html = html.replace("</head>", () => `<style>${String(file.source)}</style>\n  </head>`);
        delete bundle[name];
      }
      page.source = html;
    },
  };
}

export default defineConfig({
  root: HERE,
  base: "./",
  plugins: [oneFile()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    ...{ target: "es2022", outDir: join(HERE, "../../dist-watch"), emptyOutDir: true },
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
  },
});
