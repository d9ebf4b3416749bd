import { InfiniteQueryObserver, MutationObserver, QueryClient } from "@tanstack/react-query";
import { expect } from "vitest";
import { errorKind } from "../../client/index.ts";
import { createTrestleQuery, type TrestleQuery } from "../../client/query/index.ts";
import { test as base } from "./client-test.ts";

interface QueryTest {
  /** A board of three tasks, the options of its owner, and the paths that the server was asked for. */
  asked: { boardId: string; columnId: string; query: TrestleQuery; queries: QueryClient; paths: string[] };
}

const test = base.extend<QueryTest>({
  asked: async ({ world, connect }, use) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["One", "Two", "Three"] });
    const paths: string[] = [];
    const send: typeof fetch = async (input, init) => {
      paths.push(new URL(input instanceof Request ? input.url : input).pathname.replace("/trpc/", ""));
      return fetch(input, init);
    };
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const query = createTrestleQuery(connect(org.owner, { fetch: send }), queries);
    await use({ boardId: board.id, columnId: board.column("Todo"), query, queries, paths });
    queries.clear();
  },
});

test("what is asked at once goes in one request, and is kept until it is invalidated", async ({ asked }) => {
  const { boardId, query, queries, paths } = asked;
  const list = query.tasks.list.queryOptions({ boardId });
  const [tasks, { board }] = await Promise.all([
    queries.fetchQuery(list),
    queries.fetchQuery(query.boards.get.queryOptions({ boardId })),
  ]);
  expect([tasks.items.length, board.id]).toEqual([3, boardId]);
  expect(paths).toEqual(["tasks.list,boards.get"]);

  await queries.fetchQuery({ ...list, staleTime: Infinity });
  expect(paths).toHaveLength(1);
  await queries.invalidateQueries(query.tasks.pathFilter());
  await queries.fetchQuery({ ...list, staleTime: Infinity });
  expect(paths).toEqual(["tasks.list,boards.get", "tasks.list"]);
});

test("a list is read page by page to its end", async ({ asked }) => {
  const { boardId, query, queries } = asked;
  const options = query.tasks.list.infiniteQueryOptions(
    { boardId, limit: 2 },
    { getNextPageParam: ({ nextCursor }) => nextCursor },
  );
  const list = new InfiniteQueryObserver(queries, options);
  const first = await list.fetchOptimistic(list.options);
  expect(first.data?.pages.map(({ items }) => items.length)).toEqual([2]);
  const last = await list.fetchNextPage();
  expect(last.hasNextPage).toBe(false);
  const titles = last.data?.pages.flatMap(({ items }) => items.map(({ title }) => title));
  expect(titles?.toSorted()).toEqual(["One", "Three", "Two"]);
});

test("a mutation is done, and one that is refused says why", async ({ asked }) => {
  const { boardId, columnId, query, queries } = asked;
  const create = new MutationObserver(queries, query.tasks.create.mutationOptions());
  const { title } = await create.mutate({ boardId, columnId, title: "Four" });
  expect(title).toBe("Four");
  const kind = await create.mutate({ boardId, columnId: boardId, title: "Nowhere" }).catch(errorKind);
  expect(kind).toBe("COLUMN_NOT_FOUND");
});
