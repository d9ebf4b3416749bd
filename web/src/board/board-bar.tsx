import { Link } from "wouter";
import { type BoardView, usePresence } from "../../../client/react/index.ts";
import type { Snapshot } from "../../../client/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { useIsNarrow } from "../ui/use-is-narrow.ts";
import type { May } from "./access.ts";
import { type Look, searchWith, type SetLook } from "./look.ts";
import { LaneField } from "./lane-field.tsx";
import { SavedViews } from "./saved-views.tsx";
import { UndoButtons } from "./undo.tsx";
import type { Filtered } from "./use-filter.ts";
import { VIEW_KINDS } from "./view-kinds.ts";

interface Filter extends Filtered {
  readonly set: (text: string) => void;
  /** How many cards it leaves. */
  readonly shown: number;
}

interface Props {
  readonly view: BoardView;
  readonly state: Snapshot;
  readonly taskId: string | undefined;
  readonly may: May;
  readonly look: Look;
  readonly setLook: SetLook;
  readonly filter: Filter;
}

/** What a board is called, how it is, who is at it, and what of it is shown. */
export function BoardBar({ view, state, taskId, may, look, setLook, filter }: Props) {
  const people = usePresence(state.board.id, taskId ?? null);
  const isNarrow = useIsNarrow();
  const ways = <Ways boardId={state.board.id} />;
  const looks = (
    <>
      {may("board:update") && (look.kind === "board" || look.kind === "timeline") && (
        <LaneField {...{ state, look, setLook }} />
      )}
      <SavedViews {...{ state, look, setLook }} />
    </>
  );
  return (
    <>
      <TopBar
        menu={
          <>
            {ways}
            {looks}
          </>
        }
      >
        <h1 className="truncate font-semibold max-sm:flex-1 max-sm:basis-24">{state.board.name}</h1>
        {state.board.state === "archived" && <span className="text-sm text-quiet">{texts.board.archived}</span>}
        <Status view={view} />
        {view.board && may("change:undo") && <UndoButtons board={view.board} />}
        {!isNarrow && ways}
        <ul aria-label={texts.board.people} className="ml-auto flex -space-x-1 max-sm:[&>li:nth-child(n+4)]:hidden">
          {people.map(({ userId, name }) => (
            <li key={userId}>
              <Avatar name={name} />
            </li>
          ))}
        </ul>
      </TopBar>
      <section
        aria-label={texts.list.bar}
        className="flex flex-wrap items-start gap-2 border-b border-line bg-surface px-4 py-1.5 sm:items-center"
      >
        {isNarrow ? <KindField look={look} setLook={setLook} /> : <KindLinks look={look} boardId={state.board.id} />}
        <FilterField look={look} filter={filter} count={state.tasks.length} />
        {!isNarrow && looks}
      </section>
    </>
  );
}

/** Where one goes from a board. */
function Ways({ boardId }: { boardId: string }) {
  return (
    <>
      <Link href={`/boards/${boardId}/reports`} className={WAY}>
        {texts.board.reports}
      </Link>
      <Link href={`/boards/${boardId}/settings`} className={WAY}>
        {texts.settings.open}
      </Link>
    </>
  );
}

const WAY = "text-quiet underline hover:text-text";

function KindLinks({ look, boardId }: { look: Look; boardId: string }) {
  return (
    <nav aria-label={texts.list.view} className="flex flex-wrap">
      {Object.values(VIEW_KINDS).map(({ id, name }) => (
        <Link
          key={id}
          to={`/boards/${boardId}${searchWith({ ...look, kind: id })}`}
          aria-current={id === look.kind ? "page" : undefined}
          className="rounded-md border border-transparent px-3 py-1 text-quiet hover:text-text aria-[current]:border-line aria-[current]:text-text"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

/** The same, where there is no room for links. */
function KindField({ look, setLook }: Pick<Props, "look" | "setLook">) {
  return (
    <select
      aria-label={texts.list.view}
      value={look.kind}
      onChange={(event) => {
        const kind = Object.values(VIEW_KINDS).find(({ id }) => id === event.target.value);
        if (kind) setLook({ kind: kind.id });
      }}
      className="min-h-8 rounded-md border border-line bg-surface px-1.5 py-1 text-sm"
    >
      {Object.values(VIEW_KINDS).map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

interface FilterProps extends Pick<Props, "look" | "filter"> {
  /** How many cards there are. */
  readonly count: number;
}

function FilterField({ look, filter, count }: FilterProps) {
  return (
    <search className="flex min-w-0 flex-1 basis-36 flex-wrap items-center gap-2">
      <label htmlFor="filter" className="text-sm text-quiet max-sm:sr-only">
        {texts.board.filter}
      </label>
      <input
        id="filter"
        type="search"
        value={look.filter}
        placeholder={texts.board.filterHint}
        aria-invalid={filter.wrong !== undefined}
        aria-describedby="filter-says"
        onChange={(event) => filter.set(event.target.value)}
        className="min-h-8 min-w-0 flex-1 rounded-md border border-line bg-surface px-2 py-1 text-sm placeholder:text-quiet max-sm:basis-24 sm:max-w-md [&::-webkit-search-cancel-button]:hidden"
      />
      <span
        id="filter-says"
        role="status"
        className={`text-sm empty:hidden max-sm:order-last max-sm:basis-full ${filter.wrong === undefined ? "text-quiet" : "text-danger"}`}
      >
        {filter.wrong ?? (filter.ids ? texts.board.shown(filter.shown, count) : "")}
      </span>
      {look.filter !== "" && (
        <Button look="quiet" onClick={() => filter.set("")}>
          <span className="max-sm:sr-only">{texts.board.clearFilter}</span>
          <span aria-hidden="true" className="text-xl leading-none sm:hidden">
            ×
          </span>
        </Button>
      )}
    </search>
  );
}

/** Whether what is seen is what is, and what of it is not sent yet. */
function Status({ view: { status, pending } }: { view: BoardView }) {
  const says = status === "live" ? undefined : status === "offline" ? texts.board.offline : texts.board.catchingUp;
  const waits = pending.length > 0 && status !== "live" ? ` · ${texts.board.waiting(pending.length)}` : "";
  return (
    <p
      role="status"
      data-status={status}
      className={`text-sm text-warning ${says === undefined ? "" : "max-sm:order-last max-sm:basis-full"}`}
    >
      {says === undefined ? <span className="sr-only">{texts.board.live}</span> : says + waits}
    </p>
  );
}
