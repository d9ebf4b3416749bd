import type { ReactNode } from "react";

/** What there is in place of a page's content: nothing yet, a trouble, an end. */
export function Message({ title, says, children }: { title: string; says?: string; children?: ReactNode }) {
  return (
    <main className="mx-auto flex max-w-md flex-col items-start gap-3 px-4 py-16">
      <h1 className="text-xl font-semibold">{title}</h1>
      {says !== undefined && <p className="text-quiet">{says}</p>}
      {children}
    </main>
  );
}
