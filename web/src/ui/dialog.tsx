import { type ReactNode, useEffect, useRef } from "react";
import { texts } from "../texts.ts";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `side`: along the right edge, over the whole height; on a phone over all of it. */
  readonly place?: "middle" | "side";
}

const PLACES = {
  middle: "m-auto w-[min(28rem,calc(100vw-2rem))] rounded-xl p-5",
  side: "ml-auto mr-0 my-0 h-dvh max-h-none w-full max-w-2xl p-0 sm:border-l",
} as const;

/** A modal dialog: the browser keeps the focus in it, and gives it back. Escape closes it. */
export function Dialog({ label, onClose, children, place = "middle" }: Props) {
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
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {place === "middle" && <h2 className="mb-4 text-lg font-semibold">{label}</h2>}
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
