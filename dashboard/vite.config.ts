import { defineConfig } from "vite";

export default defineConfig({
  // Relative, so that the page also works below a path of somebody's proxy.
  base: "./",
  build: {
    outDir: "../src/seamark/server/static",
    emptyOutDir: true,
    target: "es2022",
    // Inlined assets would be data: URLs, which the server's content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What is bundled travels with its licence.
    license: { fileName: "licenses.md" },
  },
});
