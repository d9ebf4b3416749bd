import "./preload.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { TrestleProvider } from "../../client/react/index.ts";
import { App } from "./app.tsx";
import "./theme.css";
import { queries, trestle } from "./trestle.ts";

const root = document.querySelector("#root");
if (!root) throw new Error("index.html has an element for the page");
createRoot(root).render(
  <StrictMode>
    <TrestleProvider trestle={trestle}>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </TrestleProvider>
  </StrictMode>,
);

if (matchMedia("(any-pointer: coarse)").matches) {
  const { dragByTouch } = await import("./ui/touch-drag.ts");
  dragByTouch();
}
