import type { ReactNode } from "react";
import { Link } from "wouter";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { UnreadLink } from "../inbox/unread-link.tsx";
import { SearchPalette } from "../search/search-palette.tsx";
import { beginAnew } from "../session/begin-anew.ts";
import { useMe } from "../session/signed-in.tsx";
import { texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import { PhoneMenu } from "./phone-menu.tsx";

interface Props {
  readonly children?: ReactNode;
  /** What of the page goes into the menu on a phone. */
  readonly menu?: ReactNode;
}

/** What stands above every page of who is signed in. */
export function TopBar({ children, menu }: Props) {
  const { auth } = useTrestle();
  const me = useMe();
  const isNarrow = useIsNarrow();
  const signOut = async () => {
    await auth.signOut.mutate();
    beginAnew("/sign-in");
  };
  const out = (
    <Button look="quiet" onClick={() => void signOut()}>
      {texts.session.signOut}
    </Button>
  );
  return (
    <header className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-surface px-4 py-2 sm:gap-x-4 sm:gap-y-2">
      <Link href="/" className="font-bold text-accent max-sm:mr-auto">
        {texts.product}
      </Link>
      {/* On a phone it has a line of its own. */}
      <div className="flex min-w-0 flex-1 items-center gap-3 max-sm:order-last max-sm:basis-full max-sm:flex-wrap max-sm:gap-1 max-sm:empty:hidden">
        {children}
      </div>
      <UnderWay />
      <Link href="/my-work" className="flex items-center gap-1.5 text-quiet hover:text-text">
        <Icon name="check" />
        <span className="sr-only sm:not-sr-only">{texts.home.myWork}</span>
      </Link>
      <SearchPalette />
      <UnreadLink />
      <Link href="/account" className="flex items-center gap-1.5 text-quiet hover:text-text">
        <Avatar name={me.name} isQuiet />
        <span className="sr-only sm:not-sr-only">{texts.account.link}</span>
      </Link>
      {isNarrow ? (
        <PhoneMenu>
          {menu}
          {out}
        </PhoneMenu>
      ) : (
        out
      )}
    </header>
  );
}

/** Imports and exports that go on wherever one goes. */
function UnderWay() {
  const running = useInbox()?.operations.filter(({ finishedAt }) => finishedAt === null) ?? [];
  const [first] = running;
  if (!first) return null;
  return (
    <Link href={`/organisations/${first.orgId}/transfer`} className="text-sm text-accent underline">
      {texts.home.underWay(running.length)}
    </Link>
  );
}
