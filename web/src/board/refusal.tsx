import { CloseButton } from "../ui/dialog.tsx";

/** Above a view: what was put back, and why. */
export function Refusal({ says, onClose }: { says: string | undefined; onClose: () => void }) {
  if (says === undefined) return null;
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-line bg-surface px-4 py-1 text-danger">
      <p className="flex-1">{says}</p>
      <CloseButton onClose={onClose} />
    </div>
  );
}
