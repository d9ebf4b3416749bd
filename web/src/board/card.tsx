import type { Edge } from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import { type KeyboardEvent, memo, type MouseEvent, useEffect, useRef, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import type { Card } from "../../../client/index.ts";
import { shownDay, shownInstant, texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { useNow } from "../ui/use-now.ts";
import { cardDomId, type CardHandlers, choosingBy } from "./card-handlers.ts";
import { COVERS, LABELS } from "./colors.ts";
import { makeDraggable } from "./dragging.ts";
import type { Known } from "./known.ts";
import type { Direction } from "./places.ts";

export interface CardViewProps {
  readonly card: Card;
  /** The card above it. */
  readonly before: string | null;
  readonly canMove: boolean;
  /** Whether it is one of those that are about to be changed at once. */
  readonly isChosen: boolean;
  /** How many tasks block it that are not done. */
  readonly blocked: number;
  readonly known: Known;
  readonly boardId: string;
  /** Where the board is cut into lanes: in which of them it is shown. */
  readonly lane?: string;
  readonly handlers: CardHandlers;
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Where the button is seen all the time, what is written goes around it. */
const BESIDE_BUTTON = "pointer-coarse:before:float-right pointer-coarse:before:size-7";

export const CardView = memo(function CardView({
  card,
  before,
  canMove,
  isChosen,
  blocked,
  known,
  boardId,
  lane,
  handlers,
}: CardViewProps) {
  const { onStep, onLook, onChoose, onEdit } = handlers;
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
    if (event.ctrlKey || event.metaKey) return;
    const to = KEYS[event.key];
    if (event.shiftKey) {
      if (!event.altKey && (to === "up" || to === "down") && onChoose(card, to, lane)) event.preventDefault();
    } else if (to) {
      event.preventDefault();
      if (!event.altKey) onLook(card, to, lane);
      else if (canMove) onStep(card, to, lane);
    } else if (!event.altKey) {
      const key = event.key.toLowerCase();
      if (key === "x") onChoose(card, "toggle", lane);
      if (!onEdit || (key !== "e" && key !== "f2")) return;
      // Else the letter is written into the title.
      event.preventDefault();
      onEdit(card, lane);
    }
  };
  const href = `/boards/${boardId}/tasks/${card.id}`;
  const onClick = (event: MouseEvent) => {
    const how = choosingBy(event);
    const isTaken = how !== undefined && onChoose(card, how, lane);
    if (!isTaken && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    // Not by a hook: it would render all cards again whenever the address changes.
    if (!isTaken) navigate(href + location.search);
  };
  return (
    <>
      <a
        ref={element}
        id={cardDomId(card.id, lane)}
        href={href}
        aria-describedby="card-keys"
        onClick={onClick}
        onKeyDown={onKeyDown}
        className={`relative block rounded-lg border bg-raised p-2.5 shadow-xs [-webkit-touch-callout:none] select-none hover:border-accent ${isChosen ? "border-accent ring-1 ring-accent ring-inset" : "border-line"} ${onEdit && !isChosen ? BESIDE_BUTTON : ""} ${isDragging ? "opacity-40" : ""}`}
      >
        {isChosen && <Chosen />}
        {edge && (
          <span
            aria-hidden="true"
            className={`absolute inset-x-0 h-0.5 bg-accent ${edge === "top" ? "-top-1" : "-bottom-1"}`}
          />
        )}
        {card.coverColor && (
          <span
            aria-hidden="true"
            className={`mb-2 block h-1.5 overflow-hidden rounded-full ${COVERS[card.coverColor]}`}
          />
        )}
        <Labels card={card} known={known} />
        <span className="block wrap-anywhere">{card.title}</span>
        <Facts card={card} blocked={blocked} known={known} />
      </a>
      {onEdit && !isChosen && (
        <button
          type="button"
          aria-label={texts.board.changeCard(card.title)}
          onClick={() => onEdit(card, lane)}
          className="absolute top-1 right-1 hidden size-7 place-items-center rounded-md bg-raised text-quiet group-focus-within:grid group-hover:grid hover:bg-ground hover:text-text pointer-coarse:grid pointer-coarse:size-9"
        >
          <Icon name="pencil" />
        </button>
      )}
    </>
  );
});

/** Said with the name of the card: no link has a state for it. */
function Chosen() {
  return (
    <span className="float-right ml-1 grid size-5 place-items-center rounded-full bg-accent text-on-accent">
      <Icon name="tick" />
      <span className="sr-only">{texts.list.isSelected}</span>
    </span>
  );
}

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
