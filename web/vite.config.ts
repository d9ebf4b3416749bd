import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type ProxyOptions } from "vite";

const OF_THE_SERVER =
  /^\/(?:trpc|api|mcp|imports|archives|boards\/[^/]+\/(?:attachments|tasks\.csv)|sign-in\/oidc|healthz|readyz)/u;

/** What is not the page's own is handed to the server at this address. */
export function proxyTo(server: string): Record<string, ProxyOptions> {
  return {
    [OF_THE_SERVER.source]: {
      target: server,
      ws: true,
      // The server answers its own page alone.
      headers: { origin: server },
      changeOrigin: true,
    },
  };
}

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
  server: { strictPort: true, proxy: proxyTo("http://localhost:3000") },
});
