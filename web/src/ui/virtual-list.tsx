import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";

interface Props<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  /** About what one takes, in pixels. */
  readonly height: number;
  readonly className?: string;
  readonly children: (item: Item) => ReactNode;
}

const GAP = 4;

/** A list of any length that scrolls by itself: those are in the page that can be seen. */
export function VirtualList<Item extends { readonly id: string }>(props: Props<Item>) {
  const { label, items, height, className = "", children } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => items[index]?.id ?? index,
    gap: GAP,
    overscan: 6,
  });
  return (
    <div ref={scroller} className={`overflow-y-auto ${className}`}>
      <ul aria-label={label} className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ key, index, start }) => {
          const item = items[index];
          return (
            item && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                aria-setsize={items.length}
                aria-posinset={index + 1}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                {children(item)}
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
