import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Card } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { cardDomId, type CardHandlers, focusCard } from "./card-handlers.ts";
import { useChoice } from "./use-choice.ts";
import type { ViewProps } from "./view-props.ts";

/** A card that is changed where it stands. */
interface Edited {
  readonly cardId: string;
  readonly lane: string | undefined;
  /** The corner of it at which its form opens. */
  readonly at: { readonly top: number; readonly left: number };
}

interface Shown extends Pick<ViewProps, "state" | "shown" | "may"> {
  /** The cards among which a card stands; the same function for good. */
  readonly listOf: (card: Card, lane?: string) => readonly Card[];
}

type Moves = Pick<CardHandlers, "onStep" | "onLook">;

/** Cards that are chosen, and one that is changed where it stands: the same in columns and in lanes. */
export function useCardWork({ state, shown, may, listOf }: Shown, { onStep, onLook }: Moves) {
  const { chosen, taskIds, toggle, extend, clear, now } = useChoice(shown);
  const last = useRef<{ readonly id: string; readonly lane: string | undefined }>(undefined);
  const [asked, setAsked] = useState<Edited>();
  const card = asked && state.tasks.find(({ id }) => id === asked.cardId);
  // One that comes back later is not opened again.
  if (asked && !card) setAsked(undefined);
  const canChange = may("task:update") || may("task:move") || may("task:archive");

  const onChoose = useCallback<CardHandlers["onChoose"]>(
    (card, how, lane) => {
      if (!canChange || (how === "tap" && now().size === 0)) return false;
      if (how === "toggle" || how === "tap") {
        const all = toggle(card.id);
        last.current = { id: card.id, lane };
        announce(texts.list.chosen(card.title, all.has(card.id), all.size));
        return true;
      }
      const list = listOf(card, lane);
      const place = list.findIndex(({ id }) => id === card.id);
      const end = list[place + { up: -1, range: 0, down: 1 }[how]] ?? card;
      const all = extend(list, card.id, end.id);
      last.current = { id: end.id, lane };
      announce(texts.list.chosen(end.title, all.has(end.id), all.size));
      document.getElementById(cardDomId(end.id, lane))?.focus();
      return true;
    },
    [canChange, listOf, toggle, extend, now],
  );
  const onEdit = useCallback<NonNullable<CardHandlers["onEdit"]>>((card, lane) => {
    const { top = 0, left = 0 } = document.getElementById(cardDomId(card.id, lane))?.getBoundingClientRect() ?? {};
    setAsked({ cardId: card.id, lane, at: { top, left } });
  }, []);
  const handlers = useMemo<CardHandlers>(
    () => ({ onStep, onLook, onChoose, onEdit: canChange ? onEdit : undefined }),
    [onStep, onLook, onChoose, onEdit, canChange],
  );
  const letGo = useCallback(() => {
    clear();
    announce(texts.list.selected(0));
  }, [clear]);
  const isChoosing = taskIds.length > 0;
  useEffect(() => {
    if (!isChoosing) return undefined;
    const onKey = ({ key, target }: KeyboardEvent) => {
      // There it ends something else.
      const isElsewhere = target instanceof Element && target.closest("dialog, input, textarea, select") !== null;
      if (key === "Escape" && !isElsewhere) letGo();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [isChoosing, letGo]);
  const endEdit = () => {
    setAsked(undefined);
    if (asked) focusCard(asked.cardId, asked.lane);
  };
  const endChoice = () => {
    letGo();
    if (last.current) focusCard(last.current.id, last.current.lane);
  };
  return {
    chosen,
    chosenNow: now,
    taskIds,
    endChoice,
    handlers,
    edited: asked && card && { card, lane: asked.lane, at: asked.at },
    endEdit,
  };
}

export type CardWork = ReturnType<typeof useCardWork>;
