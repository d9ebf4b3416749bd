/** Somebody, by their initials; their name is what it says. */
export function Avatar({ name, isQuiet = false }: { name: string; isQuiet?: boolean }) {
  return (
    <span
      title={name}
      className={`grid size-6 shrink-0 place-items-center rounded-full text-[0.65rem] font-semibold ${isQuiet ? "border border-line text-quiet" : "bg-accent text-on-accent"}`}
    >
      <span aria-hidden="true">{initialsOf(name)}</span>
      <span className="sr-only">{name}</span>
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  return [first, last]
    .map((word) => Array.from(word)[0] ?? "")
    .join("")
    .toUpperCase();
}
