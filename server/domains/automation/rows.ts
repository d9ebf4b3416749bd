import { jsonObject } from "../../../db/columns.ts";

// Rows as the contracts show them: rule r, rule_run x.

export const ruleJson = jsonObject({
  id: "r.id",
  projectId: "r.project_id",
  boardId: "r.board_id",
  name: "r.name",
  trigger: "r.trigger",
  filter: "r.filter",
  timeZone: "r.time_zone",
  actions: "r.actions",
  ownerId: "r.owner_id",
  state: "r.state",
  stopReason: "r.stop_reason",
  createdAt: "iso(r.created_at)",
  updatedAt: "iso(r.updated_at)",
});

export const runJson = jsonObject({
  id: "x.id",
  ruleId: "x.rule_id",
  boardId: "x.board_id",
  taskIds: "to_json(x.task_ids)",
  outcome: "x.outcome",
  reason: "x.reason",
  results: "x.results",
  createdAt: "iso(x.created_at)",
  endedAt: "iso(x.ended_at)",
});
