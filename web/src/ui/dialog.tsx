import { type ReactNode, useEffect, useRef } from "react";
import { texts } from "../texts.ts";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `side`: along the right edge, over the whole height; on a phone over all of it. */
  readonly place?: "middle" | "side";
  /** In place of the middle, and without a heading: over what it is about, as far as there is room. */
  readonly at?: { readonly top: number; readonly left: number };
}

const PLACES = {
  middle: "m-auto w-[min(28rem,calc(100vw-2rem))] rounded-xl p-5",
  side: "ml-auto mr-0 my-0 h-dvh max-h-none w-full max-w-2xl p-0 sm:border-l",
} as const;

/** Of a dialog of usual size all is in the window. */
function cornerOf({ top, left }: NonNullable<Props["at"]>) {
  return {
    top: `max(1rem, min(${String(top)}px, 100dvh - 22rem))`,
    left: `max(1rem, min(${String(left)}px, 100vw - 29rem))`,
  };
}

/** A modal dialog: the browser keeps the focus in it, and gives it back. Escape closes it. */
export function Dialog({ label, onClose, children, place = "middle", at }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={label}
      className={`border-line bg-surface text-text shadow-2xl ${PLACES[place]}`}
      style={at && { margin: 0, ...cornerOf(at) }}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {place === "middle" && !at && <h2 className="mb-4 text-lg font-semibold">{label}</h2>}
      {children}
    </dialog>
  );
}

export function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <button
      type="button"
      aria-label={texts.close}
      onClick={onClose}
      className="grid size-8 place-items-center rounded-md text-xl leading-none text-quiet hover:bg-ground hover:text-text"
    >
      <span aria-hidden="true">×</span>
    </button>
  );
}
