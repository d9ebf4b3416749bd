import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { Link } from "wouter";
import { useInboxEvents, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Icon } from "../ui/icon.tsx";

/** The way to the inbox, with how much in it is unread: asked for anew whenever something came or was read. */
export function UnreadLink() {
  const { notifications } = useTrestle();
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: ["notifications", "count"], queryFn: () => notifications.count.query({}) });
  useInboxEvents(
    useCallback(
      ({ type }) => {
        if (type.startsWith("notification.")) void queries.invalidateQueries({ queryKey: ["notifications"] });
      },
      [queries],
    ),
  );
  const unread = data?.unread ?? 0;
  return (
    <Link
      href="/inbox"
      className="flex items-center gap-1 rounded-md px-1.5 py-1 text-quiet hover:bg-ground hover:text-text"
    >
      <Icon name="bell" />
      <span className="sr-only">{texts.inbox.unread(unread)}</span>
      {unread > 0 && (
        <span aria-hidden="true" className="rounded-full bg-accent px-1.5 text-xs font-semibold text-on-accent">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </Link>
  );
}
