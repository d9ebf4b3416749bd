import type { Label } from "../../../client/index.ts";

type Color = Label["color"];

/** Whole names, so that Tailwind finds them. Each text is readable on its ground, light and dark. */
export const LABELS: Readonly<Record<Color, string>> = {
  gray: "bg-gray-200 text-gray-900",
  red: "bg-red-200 text-red-950",
  orange: "bg-orange-200 text-orange-950",
  yellow: "bg-yellow-200 text-yellow-950",
  lime: "bg-lime-200 text-lime-950",
  green: "bg-green-200 text-green-950",
  sky: "bg-sky-200 text-sky-950",
  blue: "bg-blue-200 text-blue-950",
  purple: "bg-purple-200 text-purple-950",
  pink: "bg-pink-200 text-pink-950",
  black: "bg-neutral-800 text-neutral-50",
};

export const COVERS: Readonly<Record<Color, string>> = {
  gray: "bg-gray-400",
  red: "bg-red-500",
  orange: "bg-orange-500",
  yellow: "bg-yellow-400",
  lime: "bg-lime-500",
  green: "bg-green-600",
  sky: "bg-sky-500",
  blue: "bg-blue-600",
  purple: "bg-purple-600",
  pink: "bg-pink-500",
  black: "bg-neutral-800",
};
