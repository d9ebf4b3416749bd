import { generate } from "lean-qr";

/** So many modules of white around a QR code lets readers find it. */
const QUIET = 4;

/** A text as a QR code: black on white, whatever the theme, as readers want it. */
export function QrCode({ label, text }: { label: string; text: string }) {
  const code = generate(text);
  const dark: string[] = [];
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) dark.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
  }
  const size = code.size + 2 * QUIET;
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} className="size-48 rounded-md bg-white">
      <path d={dark.join("")} className="fill-black" />
    </svg>
  );
}
