/** Builds ../dist: one script, one style sheet, the licences of what is inside, and what it was built from. */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = process.argv[2] ?? join(here, "..", "dist");
const options = { absWorkingDir: here, bundle: true, minify: true, write: false, charset: "utf8", legalComments: "none" };

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

function packageOf(input) {
  const path = /^node_modules\/(@[^/]+\/[^/]+|[^/]+)\//.exec(input);
  return path ? path[1] : null;
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${about.version} (${about.license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}

const script = await build({
  ...options,
  entryPoints: ["src/main.tsx"],
  format: "iife",
  target: ["chrome123", "firefox121", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  metafile: true,
  define: { "process.env.NODE_ENV": '"production"' },
});
const style = await build({
  ...options,
  entryPoints: ["src/style/page.css"],
  target: ["chrome123", "firefox121", "safari17.5"],
  loader: { ".woff2": "dataurl" },
  metafile: true,
});

const inputs = [...Object.keys(script.metafile.inputs), ...Object.keys(style.metafile.inputs)];
const packages = [...new Set(inputs.map(packageOf).filter(Boolean))].sort();
const built = {
  "page.js": script.outputFiles[0].text,
  "page.css": style.outputFiles[0].text,
  "licences.txt": packages.map(licence).join(`\n${"-".repeat(70)}\n\n`),
};
const digest = createHash("sha256");
const files = sources(join(here, "src")).sort();
for (const file of [...files, join(here, "package-lock.json"), join(here, "build.mjs")]) {
  digest.update(`${relative(here, file)}\n`).update(readFileSync(file));
}
built["sources.json"] = `${JSON.stringify({ sha256: digest.digest("hex"), packages }, null, 2)}\n`;

mkdirSync(dist, { recursive: true });
for (const [name, text] of Object.entries(built)) {
  // No script element may end inside the script, and no HTML comment start.
  const safe = name === "page.js" ? text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--") : text;
  writeFileSync(join(dist, name), safe);
  console.log(`${name} ${safe.length}`);
}
