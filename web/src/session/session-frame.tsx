import type { ReactNode } from "react";
import { texts } from "../texts.ts";

/** The frame of what is seen before one is signed in. */
export function SessionFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <p className="text-2xl font-bold text-accent">{texts.product}</p>
      <div className="flex flex-col gap-4 rounded-xl border border-line bg-surface p-5">
        <h1 className="text-lg font-semibold">{title}</h1>
        {children}
      </div>
    </main>
  );
}
