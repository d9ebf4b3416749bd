import { sql } from "drizzle-orm";
import { each, list, uuids } from "../../../db/columns.ts";
import { newId } from "../../core/ids.ts";
import { toEvent } from "../../core/live/frames.ts";
import type { LogConsumer, ReadEvent } from "../../core/log-reader.ts";
import type { Tx } from "../../core/tx.ts";
import { RUN_RULES } from "./run-rules.ts";
import type { Rule, Trigger } from "./rules.contract.ts";
import { tasksOf, TRIGGERING, type TriggeringEvent } from "./triggers.ts";

/** Notes which rules run because of what happens on boards, once for each event; a job runs them. */
export const automation: LogConsumer = {
  name: "automation",
  types: TRIGGERING,
  async concerned(db, boardIds) {
    const rows = await db.execute<{ id: string }>(
      sql`select id from boards_with_rules(${list("uuid", boardIds)}) with_rules(id)`,
    );
    return rows.map(({ id }) => id);
  },
  consume: noteRuns,
};

/** A rule that begins to wait for events has no business with earlier ones: where no other rule waits, they are passed over. */
export function passOverLog(tx: Tx, { id, projectId, boardId }: Pick<Rule, "id" | "projectId" | "boardId">): void {
  tx.send(
    tx.db.execute(sql`
      select pass_over_log(${automation.name}, array(select b.id from board b
        where b.project_id = ${projectId}::uuid and (${boardId}::uuid is null or b.id = ${boardId}::uuid)
          and not exists (select from rule r where r.org_id = b.org_id and r.project_id = b.project_id and r.state = 'on'
            and r.next_at is null and (r.board_id is null or r.board_id = b.id) and r.id <> ${id}::uuid)))`),
  );
}

/** A rule that is to run of some tasks of a board. */
export interface NotedRun {
  readonly ruleId: string;
  /** Since when it is what it is. */
  readonly onSince: string;
  readonly boardId: string;
  readonly version: number | null;
  readonly taskIds: readonly string[];
  readonly chain: readonly string[];
}

interface Waiting extends Record<string, unknown> {
  ruleId: string;
  boardId: string;
  trigger: Trigger;
  onSince: string;
}

async function noteRuns(tx: Tx, events: readonly ReadEvent[]): Promise<void> {
  for (const [orgId, ofOrg] of Map.groupBy(events, (event) => event.orgId)) {
    tx.enter({ orgId });
    const rules = Map.groupBy(await rulesOf(tx, orgId, ofOrg), ({ boardId }) => boardId);
    if (rules.size === 0) continue;
    const chains = await chainsOf(tx, orgId, ofOrg);
    const runs = ofOrg.flatMap((event) =>
      (rules.get(event.streamId) ?? []).flatMap(({ ruleId, boardId, trigger, onSince }): NotedRun[] => {
        const taskIds = event.at < onSince ? [] : tasksOf(trigger, toEvent<TriggeringEvent>(event));
        const chain = chains.get(event.mutationId) ?? [];
        return taskIds.length === 0 ? [] : [{ ruleId, onSince, boardId, version: event.version, taskIds, chain }];
      }),
    );
    noteAll(tx, orgId, runs);
  }
}

/** The rules of the boards of these events that wait for events. */
async function rulesOf(tx: Tx, orgId: string, events: readonly ReadEvent[]): Promise<Waiting[]> {
  const boardIds = [...new Set(events.map(({ streamId }) => streamId))];
  return tx.db.execute<Waiting>(sql`
    select r.id as "ruleId", b.id as "boardId", r.trigger, iso(r.on_since) as "onSince"
    from board b join rule r on r.org_id = b.org_id and r.project_id = b.project_id
    where b.org_id = ${orgId}::uuid and b.id = any(${uuids(boardIds)}) and (r.board_id is null or r.board_id = b.id)
      and r.state = 'on' and r.next_at is null
    order by r.created_at, r.id`);
}

/** By mutation, which rules led to it, the last of them behind all others. */
async function chainsOf(tx: Tx, orgId: string, events: readonly ReadEvent[]): Promise<Map<string, string[]>> {
  const mutationIds = events.map(({ mutationId }) => mutationId);
  const rows = await tx.db.execute<{ mutationId: string; chain: string[] }>(sql`
    select m.mutation_id as "mutationId", to_json(x.chain || x.rule_id) as chain
    from rule_mutation m join rule_run x on x.id = m.run_id
    where m.org_id = ${orgId}::uuid and m.mutation_id = any(${list("uuid", mutationIds)})`);
  return new Map(rows.map(({ mutationId, chain }) => [mutationId, chain]));
}

/** Writes down runs, each event of a board once for each rule, with the jobs that do them. */
export function noteAll(tx: Tx, orgId: string, runs: readonly NotedRun[]): void {
  if (runs.length === 0) return;
  const rows = runs.map((run) => ({ ...run, id: newId() }));
  tx.send(
    tx.db.execute(sql`
      insert into rule_run (id, org_id, rule_id, rule_since, board_id, version, task_ids, chain, outcome, results, created_at)
      select n.id, ${orgId}::uuid, n.rule_id, n.rule_since, n.board_id, n.version, array(select jsonb_array_elements_text(n.task_ids)::uuid),
        array(select jsonb_array_elements_text(n.chain)::uuid), 'waiting', '[]'::jsonb, ${tx.now.toISOString()}::timestamptz
      from unnest(${each("uuid", rows, ({ id }) => id)}, ${each("uuid", rows, ({ ruleId }) => ruleId)},
        ${each("timestamptz", rows, ({ onSince }) => onSince)}, ${each("uuid", rows, ({ boardId }) => boardId)}, ${each("bigint", rows, ({ version }) => version)},
        ${each("jsonb", rows, ({ taskIds }) => JSON.stringify(taskIds))},
        ${each("jsonb", rows, ({ chain }) => JSON.stringify(chain))}) n(id, rule_id, rule_since, board_id, version, task_ids, chain)
      on conflict do nothing`),
  );
  for (const boardId of new Set(runs.map((run) => run.boardId))) tx.later(RUN_RULES, { orgId, boardId });
}
