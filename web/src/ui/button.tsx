import type { ComponentProps } from "react";

const LOOKS = {
  primary: "bg-accent text-on-accent border-transparent font-medium",
  plain: "bg-surface text-text border-line hover:bg-ground",
  quiet: "bg-transparent text-quiet border-transparent hover:bg-ground hover:text-text",
  danger: "bg-surface text-danger border-line hover:bg-ground",
} as const;

export function Button({ look = "plain", ...rest }: ComponentProps<"button"> & { look?: keyof typeof LOOKS }) {
  const { className = "", ...props } = rest;
  return (
    <button
      type="button"
      {...props}
      className={`inline-flex min-h-8 items-center gap-1.5 rounded-md border px-3 py-1 disabled:opacity-50 ${LOOKS[look]} ${className}`}
    />
  );
}
