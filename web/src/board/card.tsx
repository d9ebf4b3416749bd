import type { Edge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Card } from "../../../client/index.ts";
import { shownDay, shownInstant, texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { useNow } from "../ui/use-now.ts";
import type { Known } from "./known.ts";
import { COVERS, LABELS } from "./colors.ts";
import { makeDraggable } from "./dragging.ts";
import type { Direction } from "./places.ts";

export interface CardViewProps {
  readonly card: Card;
  /** The card above it. */
  readonly before: string | null;
  readonly canMove: boolean;
  /** How many tasks block it that are not done. */
  readonly blocked: number;
  readonly known: Known;
  readonly boardId: string;
  /** Where the board is cut into lanes: in which of them it is shown. */
  readonly lane?: string;
  readonly onStep: (card: Card, to: Direction, lane?: string) => void;
  readonly onLook: (card: Card, to: Direction, lane?: string) => void;
}

/** By which a card is found in the page; where there are lanes, it may be in several. */
export function cardDomId(cardId: string, lane = ""): string {
  return `card-${lane}${cardId}`;
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

export const CardView = memo(function CardView({
  card,
  before,
  canMove,
  blocked,
  known,
  boardId,
  lane,
  onStep,
  onLook,
}: CardViewProps) {
  const [, go] = useLocation();
  const element = useRef<HTMLAnchorElement>(null);
  const above = useRef(before);
  const [isDragging, setDragging] = useState(false);
  const [edge, setEdge] = useState<Edge | null>(null);
  useEffect(() => {
    above.current = before;
  });
  useEffect(() => {
    if (!element.current || !canMove) return undefined;
    const place = { cardId: card.id, columnId: card.columnId, lane, before: () => above.current };
    return makeDraggable(element.current, place, { onDragging: setDragging, onEdge: setEdge });
  }, [card.id, card.columnId, lane, canMove]);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = KEYS[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!event.altKey) onLook(card, to, lane);
    else if (canMove) onStep(card, to, lane);
  };
  const href = `/boards/${boardId}/tasks/${card.id}`;
  return (
    <a
      ref={element}
      id={cardDomId(card.id, lane)}
      href={href}
      aria-describedby="card-keys"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(href + location.search);
      }}
      onKeyDown={onKeyDown}
      className={`relative block rounded-lg border border-line bg-raised p-2.5 shadow-xs hover:border-accent ${isDragging ? "opacity-40" : ""}`}
    >
      {edge && (
        <span
          aria-hidden="true"
          className={`absolute inset-x-0 h-0.5 bg-accent ${edge === "top" ? "-top-1" : "-bottom-1"}`}
        />
      )}
      {card.coverColor && (
        <span aria-hidden="true" className={`mb-2 block h-1.5 rounded-full ${COVERS[card.coverColor]}`} />
      )}
      <Labels card={card} known={known} />
      <span className="block wrap-anywhere">{card.title}</span>
      <Facts card={card} blocked={blocked} known={known} />
    </a>
  );
});

function Labels({ card, known }: Pick<CardViewProps, "card" | "known">) {
  if (card.labelIds.length === 0) return null;
  return (
    <span className="mb-1 flex flex-wrap gap-1">
      {card.labelIds.map((id) => {
        const label = known.labels.get(id);
        return (
          label && (
            <span key={id} className={`rounded px-1.5 text-xs ${LABELS[label.color]}`}>
              {label.name === "" ? label.color : label.name}
            </span>
          )
        );
      })}
    </span>
  );
}

/** What there is to know of a card beside its title, in one line. */
function Facts({ card, blocked, known }: Pick<CardViewProps, "card" | "blocked" | "known">) {
  const people = [...card.assigneeIds.map((id) => known.people.get(id) ?? "?"), ...card.assigneeNames];
  return (
    <span className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-quiet">
      <span>{card.key === "" ? texts.board.unnumbered : card.key}</span>
      {card.priority !== "none" && (
        <span className={card.priority === "urgent" ? "font-semibold text-danger" : ""}>
          {texts.board.priority[card.priority]}
        </span>
      )}
      <Due card={card} />
      {blocked > 0 && <span className="text-danger">{texts.board.blocked(blocked)}</span>}
      {card.itemsTotal > 0 && (
        <Fact
          icon="check"
          shown={`${card.itemsDone}/${card.itemsTotal}`}
          says={texts.board.items(card.itemsDone, card.itemsTotal)}
        />
      )}
      {card.commentCount > 0 && (
        <Fact icon="comment" shown={String(card.commentCount)} says={texts.board.comments(card.commentCount)} />
      )}
      {card.attachmentCount > 0 && (
        <Fact icon="clip" shown={String(card.attachmentCount)} says={texts.board.attachments(card.attachmentCount)} />
      )}
      <span className="ml-auto flex -space-x-1">
        {people.map((name, index) => (
          <Avatar key={`${name} ${String(index)}`} name={name} />
        ))}
      </span>
    </span>
  );
}

function Fact({ icon, shown, says }: { icon: "check" | "comment" | "clip"; shown: string; says: string }) {
  return (
    <span title={says}>
      <span aria-hidden="true" className="flex items-center gap-0.5">
        <Icon name={icon} /> {shown}
      </span>
      <span className="sr-only">{says}</span>
    </span>
  );
}

function Due({ card: { dueAt, dueOn } }: { card: Card }) {
  const now = useNow();
  if (dueAt === null) return null;
  const date = dueOn === null ? shownInstant(dueAt) : shownDay(dueOn);
  const isOver = new Date(dueAt).getTime() < now;
  return (
    <span className={isOver ? "text-danger" : ""}>{isOver ? texts.board.overdue(date) : texts.board.due(date)}</span>
  );
}
