// Bundle the widget into the one file that the app serves, and hold it to its size.

import { gzipSync } from "node:zlib";
import { readFile, writeFile } from "node:fs/promises";
import { build, transform } from "esbuild";

const outfile = "../src/careline/channels/web/static/widget.js";
const LIMIT = 20_000; // bytes gzipped: what a shop's page is asked to load for us

/** Style sheets arrive as minified text, for Lit to adopt. */
const sheets = {
  name: "sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  write: false,
  format: "iife", // a plain <script> tag; document.currentScript tells us where we came from
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  legalComments: "none", // the banner says where the whole text is
  banner: { js: "/*! Careline, Apache-2.0. Contains Lit, (c) Google LLC, BSD-3-Clause: see widget.licences.txt */" },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [sheets],
  logLevel: "warning",
});

// Line breaks followed by blanks are left only inside HTML templates, as indentation.
const text = outputFiles[0].text.replace(/\n\s+/g, " ");

await writeFile(outfile, text);
const bytes = gzipSync(text, { level: 9 }).length;
process.stdout.write(`widget.js: ${bytes} bytes gzipped (limit ${LIMIT})\n`);
if (bytes > LIMIT) process.exit(1);
