import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev` has the server; the page of Vite hands it whatever is not its own. */
const SERVER = "http://localhost:3000";
const OF_THE_SERVER =
  /^\/(?:trpc|api|mcp|imports|archives|boards\/[^/]+\/(?:attachments|tasks\.csv)|sign-in\/oidc|healthz|readyz)/u;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    // Nothing is inlined: the page's policy lets no `data:` in but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first screen needs comes as one file, whichever later screens need parts of it, too.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  server: {
    strictPort: true,
    proxy: {
      [OF_THE_SERVER.source]: {
        target: SERVER,
        ws: true,
        // The server answers its own page alone.
        headers: { origin: SERVER },
        changeOrigin: true,
      },
    },
  },
});
