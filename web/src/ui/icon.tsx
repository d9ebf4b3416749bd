/** Lines on a grid of 16, drawn in the colour of the text around them. */
const SHAPES = {
  check: "M2.5 2.5h11v11h-11zM5 8l2.2 2.2L11.5 6",
  comment: "M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2z",
  clip: "M11 5.5 6.2 10.3a1.4 1.4 0 0 0 2 2L13 7.5a2.9 2.9 0 0 0-4.1-4.1L4.1 8.2a4.3 4.3 0 0 0 6 6l3.4-3.4",
  bell: "M3 11.5h10M4.5 11.5V7a3.5 3.5 0 0 1 7 0v4.5M7 14h2",
  undo: "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H7",
  redo: "M10.5 3l3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H9",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.5 10.5l3.5 3.5",
  pencil: "M3 13l.7-3L10.8 2.9a1 1 0 0 1 1.4 0l.9.9a1 1 0 0 1 0 1.4L6 12.3z",
  tick: "M3.5 8.5l3 3 6-7",
} as const;

/** A picture beside words, or in place of words that are hidden: it says nothing itself. */
export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      className="inline size-4 fill-none stroke-current"
      strokeWidth="1.3"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
