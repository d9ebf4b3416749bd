import type { RouterOutputs } from "../../../client/index.ts";
import { shownInstant } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { AskedButton } from "../ui/asked-button.tsx";

export type ApiKey = RouterOutputs["keys"]["list"]["items"][number];

interface Props {
  readonly keys: readonly ApiKey[];
  /** Ends one; undefined: who looks at them may not. */
  readonly onRevoke: ((keyId: string) => void) | undefined;
}

/** API keys, with whose they are, and when they were used. */
export function KeyList({ keys, onRevoke }: Props) {
  return (
    <ul className="flex flex-col gap-2">
      {keys.map(({ id, name, owner, lastUsedAt, expiresAt }) => (
        <li key={id} className="flex flex-wrap items-center gap-3 rounded-md border border-line p-3">
          <span className="min-w-36 flex-1 wrap-anywhere">
            {name}
            <span className="block text-sm text-quiet">
              {owner.name} ·{" "}
              {lastUsedAt === null ? accountTexts.neverUsed : accountTexts.lastUsed(shownInstant(lastUsedAt))}
              {expiresAt !== null && ` · ${accountTexts.keyUntil(shownInstant(expiresAt))}`}
            </span>
          </span>
          {onRevoke && (
            <AskedButton
              label={accountTexts.revokeKey(name)}
              action={accountTexts.endKey}
              says={accountTexts.endKeySays}
              onSure={() => onRevoke(id)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
