import { type KeyboardEvent, useId, useRef, useState } from "react";
import { taskTexts } from "../texts/task.ts";
import { Avatar } from "../ui/avatar.tsx";
import { askedAt, findPeople, mentionedIn, toKept, toWritten } from "./mentions.ts";

interface Props {
  readonly label: string;
  readonly hint?: string | undefined;
  /** As it is kept, with ids where somebody is mentioned. */
  readonly text: string;
  readonly people: ReadonlyMap<string, string>;
  readonly onChange: (text: string) => void;
  readonly onSend?: (() => void) | undefined;
  readonly className: string;
}

const LONGEST = 32_768;

/**
 * Where Markdown is written. An `@` offers people by name, and is shown as that name; the keyboard goes through them as
 * through a combobox. (The field has no such role: HTML gives it to none of several lines.)
 */
export function TextArea({ label, hint, text, people, onChange, onSend, className }: Props) {
  const listId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  /** Whoever was mentioned since it was opened: a name that is broken and mended means them again. */
  const mentioned = useRef(new Set<string>());
  const written = toWritten(text, people);
  const [asked, setAsked] = useState<ReturnType<typeof askedAt>>();
  /** The `@` for which nobody is offered any more. */
  const [closedAt, setClosedAt] = useState<number>();
  const [at, setAt] = useState(0);
  const found = asked && asked.from !== closedAt ? findPeople(people, asked.words) : [];
  const current = Math.min(at, found.length - 1);
  const look = ({ value, selectionStart, selectionEnd }: HTMLTextAreaElement) => {
    const next = selectionStart === selectionEnd ? askedAt(value, selectionStart) : undefined;
    if (next?.from !== asked?.from || next?.words !== asked?.words) setAt(0);
    if (next?.from !== closedAt) setClosedAt(undefined);
    setAsked(next);
  };
  const keep = (value: string) => {
    for (const id of mentionedIn(text)) mentioned.current.add(id);
    onChange(toKept(value, mentioned.current, people));
  };
  const choose = (person: (typeof found)[number] | undefined) => {
    const { current: area } = field;
    if (!area || !asked || !person) return;
    mentioned.current.add(person.id);
    area.setRangeText(`${person.handle} `, asked.from, area.selectionStart, "end");
    keep(area.value);
    setClosedAt(asked.from);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      onSend?.();
      return;
    }
    if (found.length === 0 || event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((current + step + found.length) % found.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(found[current]);
    else if (event.key === "Escape") setClosedAt(asked?.from);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative">
      <textarea
        ref={field}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={found.length > 0 ? listId : undefined}
        aria-activedescendant={found.length > 0 ? `${listId}-${String(current)}` : undefined}
        placeholder={hint}
        value={written}
        maxLength={LONGEST}
        onChange={({ target }) => {
          keep(target.value);
          look(target);
        }}
        onSelect={({ currentTarget }) => look(currentTarget)}
        onBlur={() => setAsked(undefined)}
        onKeyDown={onKeyDown}
        className={`field-sizing-content w-full rounded-md border border-line bg-surface p-2 placeholder:text-quiet ${className}`}
      />
      <p role="status" className="sr-only">
        {asked && asked.from !== closedAt ? taskTexts.peopleFound(found.length) : ""}
      </p>
      {found.length > 0 && (
        <div
          id={listId}
          role="listbox"
          aria-label={taskTexts.mention}
          className="absolute top-full left-0 z-10 mt-1 flex w-72 max-w-full flex-col rounded-md border border-line bg-raised p-1 shadow-lg"
        >
          {found.map((person, index) => (
            <button
              key={person.id}
              id={`${listId}-${String(index)}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(person)}
              className={`flex items-center gap-2 rounded px-2 py-1 text-left ${index === current ? "bg-ground" : ""}`}
            >
              <Avatar name={person.name} />
              <span aria-hidden="true" className="truncate">
                {person.handle.slice(1)}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
