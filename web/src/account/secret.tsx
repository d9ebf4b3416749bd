import { useState } from "react";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";

/** Something that is shown this once, to be copied. */
export function Secret({ label, value }: { label: string; value: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    // Without leave to copy it is there to be chosen.
    navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => {},
    );
  };
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
      <p className="text-sm text-quiet">
        {label}. {accountTexts.onlyNow}
      </p>
      <code className="whitespace-pre-wrap wrap-anywhere">{value}</code>
      <div className="flex items-center gap-3">
        <Button onClick={copy}>{accountTexts.copy}</Button>
        <span role="status">{isCopied ? accountTexts.copied : ""}</span>
      </div>
    </div>
  );
}
