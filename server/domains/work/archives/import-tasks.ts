import { sql } from "drizzle-orm";
import type { NewFile } from "../../../core/files/files.ts";
import { newId } from "../../../core/ids.ts";
import { freshRanks, rankBetween } from "../../../core/rank.ts";
import { recountBlockers } from "../blockers.service.ts";
import { checkValues, mergeValues } from "../field-values.ts";
import type { Field, FieldPatch, FieldValues } from "../fields.contract.ts";
import { saveBlocking } from "../relations.service.ts";
import { hasThumbnail, MAKE_THUMBNAIL } from "../thumbnails.ts";
import { type LineOf, withoutReferences } from "./archive-format.ts";
import { type ArchiveMap, at, fail, requireField, requireOfBoard } from "./archive-map.ts";
import { ranksByGroup } from "./import-settings.ts";
import { type Importing, inBatches, meet, past, personOr, rowsJson, sees, VERSION } from "./importing.ts";

/** Writes tasks with all that is on them, behind what they stand on. */
export async function importTasks(work: Importing, files: ReadonlyMap<string, NewFile>): Promise<void> {
  await importRows(work);
  await importChecklists(work);
  await importComments(work);
  await importAttachments(work, files);
  await importRelations(work);
  await importTimes(work);
  await importRecurrences(work);
}

type TaskLine = LineOf<"tasks">;

/** What only a closer look at a task tells. Fails: ARCHIVE_INVALID. */
export function checkTask(map: ArchiveMap, line: TaskLine, where: string): void {
  const { board, startAt, startOn, dueAt, dueOn, timeZone } = line;
  const { project } = at(map.boards, board, where);
  if (startAt !== null && dueAt !== null && Date.parse(startAt) > Date.parse(dueAt)) fail(where, "It begins too late.");
  const isDayAlone = (startOn !== null && startAt === null) || (dueOn !== null && dueAt === null);
  if (isDayAlone) fail(where, "A day has an instant.");
  if (timeZone === null && (startOn !== null || dueOn !== null)) fail(where, "A day is one of a time zone.");
  for (const label of line.labels) requireOfBoard(map.labels, label, { board, where });
  for (const person of [...line.assignees, line.createdBy]) at(map.people, person, where);
  const kinds = line.plans.map((plan) => {
    const row = at(map.plans, plan, where);
    return row.project === project ? row.kind : fail(where, "It is in a plan of another project.");
  });
  if (new Set(kinds).size < kinds.length) fail(where, "It is in two plans of a kind.");
  for (const { field } of line.fields) requireField(map, { field }, { project, where });
  valuesOf(map, line, where, () => true);
}

/** The values of fields as they are kept. Fails: ARCHIVE_INVALID. */
function valuesOf(
  map: ArchiveMap,
  { fields }: TaskLine,
  where: string,
  isHere: (person: number) => boolean,
): FieldValues {
  const known: Field[] = [];
  const patch: FieldPatch = {};
  for (const { field, value } of fields) {
    const { id, kind, options, place } = at(map.fields, field, where);
    if (place === "none") continue;
    const anyOption = options.map((option) => ({ ...option, isArchived: false }));
    known.push({ id, kind, options: anyOption, projectId: "", name: "", rank: "", state: "open" });
    const optionOf = (option: number) => at(map.options, option, where).id;
    if (typeof value !== "object") patch[id] = value;
    else if ("option" in value) patch[id] = optionOf(value.option);
    else if ("options" in value) patch[id] = value.options.map(optionOf);
    else if (isHere(value.person)) patch[id] = at(map.people, value.person, where).userId ?? NOBODY;
  }
  const checked = checkValues(known, {}, patch);
  if ("changes" in checked) return mergeValues({}, checked.changes);
  return fail(where, "wrong" in checked ? checked.wrong.says : "A field is there twice.");
}
/** Stands for who is no member, while it is looked at alone. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

async function importRows(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  const ranks = ranksByGroup(map.columns.map(({ tasks }) => tasks));
  await inBatches(work, archive.lines("tasks"), async (batch) => {
    const tasks = batch.map(({ line, where }) => toTask(work, line, where, ranks));
    await meet(
      tx,
      orgId,
      tasks.flatMap(({ boardId, met }) => met.map((userId) => ({ boardId, userId }))),
    );
    await insertTasks(work, tasks);
  });
}

type NewTask = ReturnType<typeof toTask>;

function toTask(work: Importing, line: TaskLine, where: string, ranks: (column: number) => string) {
  const { map, tx, leftOut } = work;
  const { board, column } = line;
  const { id, ...counts } = map.task(line.key, where);
  const { id: boardId, project } = at(map.boards, board, where);
  const people = line.assignees.map((person) => at(map.people, person, where));
  const assigned = people.flatMap((person) => (sees(work, person, board) ? person.userId : []));
  const named = people.flatMap((person) => (sees(work, person, board) ? [] : person.name));
  const isHere = (person: number) => {
    const isSeen = sees(work, at(map.people, person, where), board);
    if (!isSeen) leftOut.add("people in fields");
    return isSeen;
  };
  const fields = valuesOf(map, line, where, isHere);
  leftOut.add(
    "values of fields",
    line.fields.filter(({ field }) => at(map.fields, field, where).place === "none").length,
  );
  const inFields = line.fields.flatMap(({ value }) => {
    const person = typeof value === "object" && "person" in value ? at(map.people, value.person, where) : undefined;
    return person && sees(work, person, board) ? person.userId : [];
  });
  const isDone = at(map.columns, column, where).stateGroup === "completed";
  const updatedAt = past(line.updatedAt, tx);
  const { title, description, priority, startAt, startOn, dueAt, dueOn, timeZone, estimate, coverColor, state } = line;
  const words = { title, description, priority, startAt, startOn, dueAt, dueOn, timeZone, estimate, coverColor, state };
  return {
    ...words,
    ...counts,
    id,
    boardId,
    projectId: at(map.projects, project, where).id,
    columnId: at(map.columns, column, where).id,
    rank: ranks(column),
    parentId: line.parent === null ? null : map.task(line.parent, where).id,
    fields,
    labelIds: [...new Set(line.labels.map((label) => at(map.labels, label, where).id))],
    assigneeIds: [...new Set(assigned)],
    assigneeNames: [...line.assigneeNames, ...named],
    planIds: line.plans.map((plan) => at(map.plans, plan, where).id),
    // Of a project that there was they may be those of others.
    formerNumbers: work.isGiven ? [] : line.formerNumbers,
    met: [...assigned, ...inFields],
    externalId: `archive:${line.key}`,
    completedAt: isDone ? past(line.completedAt ?? line.updatedAt, tx) : null,
    createdBy: personOr(work, line.createdBy, where),
    createdAt: past(line.createdAt, tx),
    updatedAt,
  };
}

async function insertTasks({ tx, orgId }: Importing, tasks: readonly NewTask[]): Promise<void> {
  const { db } = tx;
  const of = (rowsOf: (task: NewTask) => readonly object[]) =>
    rowsJson(tasks.flatMap((task) => rowsOf(task).map((row) => ({ boardId: task.boardId, taskId: task.id, ...row }))));
  await Promise.all([
    db.execute(sql`
      insert into task (id, org_id, project_id, board_id, column_id, number, rank, parent_id, title, description, priority,
        start_at, start_on, due_at, due_on, time_zone, estimate, cover_color, items_done, items_total, fields,
        assignee_names, comment_count, attachment_count, state, version, field_versions, external_id, completed_at,
        created_by, created_at, updated_at)
      select n.id, ${orgId}::uuid, n."projectId", n."boardId", n."columnId", n.number, n.rank, n."parentId", n.title,
        n.description, n.priority, n."startAt", n."startOn", n."dueAt", n."dueOn", n."timeZone", n.estimate,
        n."coverColor", n."itemsDone", n."itemsTotal", n.fields, array(select json_array_elements_text(n."assigneeNames")),
        n.comments, n.attachments, n.state, ${VERSION}::bigint, '{}'::jsonb, n."externalId", n."completedAt",
        n."createdBy", n."createdAt", n."updatedAt"
      from json_to_recordset(${rowsJson(tasks)}) as n(id uuid, "projectId" uuid, "boardId" uuid, "columnId" uuid,
        number int, rank text, "parentId" uuid, title text, description text, priority text, "startAt" timestamptz,
        "startOn" date, "dueAt" timestamptz, "dueOn" date, "timeZone" text, estimate numeric, "coverColor" text,
        "itemsDone" int, "itemsTotal" int, fields jsonb, "assigneeNames" json, comments int, attachments int, state text,
        "externalId" text, "completedAt" timestamptz, "createdBy" uuid, "createdAt" timestamptz, "updatedAt" timestamptz)`),
    db.execute(sql`
      insert into task_assignee (org_id, board_id, task_id, user_id)
      select ${orgId}::uuid, n."boardId", n."taskId", n."userId"
      from json_to_recordset(${of(({ assigneeIds }) => assigneeIds.map((userId) => ({ userId })))})
        as n("boardId" uuid, "taskId" uuid, "userId" uuid)`),
    db.execute(sql`
      insert into task_label (org_id, board_id, task_id, label_id)
      select ${orgId}::uuid, n."boardId", n."taskId", n."labelId"
      from json_to_recordset(${of(({ labelIds }) => labelIds.map((labelId) => ({ labelId })))})
        as n("boardId" uuid, "taskId" uuid, "labelId" uuid)`),
    db.execute(sql`
      insert into task_plan (org_id, board_id, task_id, kind, plan_id)
      select ${orgId}::uuid, n."boardId", n."taskId", p.kind, p.id
      from json_to_recordset(${of(({ planIds }) => planIds.map((planId) => ({ planId })))})
        as n("boardId" uuid, "taskId" uuid, "planId" uuid) join plan p on p.org_id = ${orgId}::uuid and p.id = n."planId"`),
    db.execute(sql`
      insert into former_number (org_id, project_id, number, board_id, task_id)
      select ${orgId}::uuid, n."projectId", n.number, n."boardId", n."taskId"
      from json_to_recordset(${of(({ formerNumbers, projectId }) => formerNumbers.map((number) => ({ projectId, number })))})
        as n("boardId" uuid, "taskId" uuid, "projectId" uuid, number int) on conflict do nothing`),
  ]);
}

async function importChecklists(work: Importing): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  const last = { task: "", rank: "" };
  await inBatches(work, archive.lines("checklists"), async (batch) => {
    const items: object[] = [];
    const met: { boardId: string; userId: string }[] = [];
    const checklists = batch.map(({ line: { task, name, items: lines }, where }) => {
      const { id: taskId, board } = map.task(task, where);
      const boardId = at(map.boards, board, where).id;
      const rank = rankBetween(task === last.task ? last.rank : null, null);
      Object.assign(last, { task, rank });
      const id = newId();
      const ranks = freshRanks(lines.length);
      for (const [index, { text, state, assignee, dueAt }] of lines.entries()) {
        const person = assignee === null ? undefined : at(map.people, assignee, where);
        const assigneeId = person && sees(work, person, board) ? person.userId : null;
        if (assigneeId !== null) met.push({ boardId, userId: assigneeId });
        else if (person) leftOut.add("people of items of checklists");
        const place = { boardId, taskId, checklistId: id, rank: ranks[index] };
        items.push({ id: newId(), ...place, text, state, assigneeId, dueAt });
      }
      return { id, boardId, taskId, name, rank };
    });
    await meet(tx, orgId, met);
    await Promise.all([
      tx.db.execute(sql`
        insert into checklist (id, org_id, board_id, task_id, name, rank, version)
        select n.id, ${orgId}::uuid, n."boardId", n."taskId", n.name, n.rank, ${VERSION}::bigint
        from json_to_recordset(${rowsJson(checklists)})
          as n(id uuid, "boardId" uuid, "taskId" uuid, name text, rank text)`),
      tx.db.execute(sql`
        insert into check_item (id, org_id, board_id, task_id, checklist_id, text, state, assignee_id, due_at, rank, version)
        select n.id, ${orgId}::uuid, n."boardId", n."taskId", n."checklistId", n.text, n.state, n."assigneeId", n."dueAt",
          n.rank, ${VERSION}::bigint
        from json_to_recordset(${rowsJson(items)}) as n(id uuid, "boardId" uuid, "taskId" uuid, "checklistId" uuid,
          text text, state text, "assigneeId" uuid, "dueAt" timestamptz, rank text)`),
    ]);
  });
}

async function importComments(work: Importing): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  let last = { task: "", ids: new Array<string>() };
  await inBatches(work, archive.lines("comments"), async (batch) => {
    const reactions: object[] = [];
    const met: { boardId: string; userId: string }[] = [];
    const comments = batch.map(({ line, where }) => {
      const { id: taskId, board } = map.task(line.task, where);
      const boardId = at(map.boards, board, where).id;
      if (line.task !== last.task) last = { task: line.task, ids: [] };
      const id = newId();
      last.ids.push(id);
      const author = line.author === null ? undefined : at(map.people, line.author, where);
      const { text, mentionIds } = mentioned(work, line, { board, where });
      const reacting = line.reactions.flatMap(({ emoji, person }) => {
        const { userId } = at(map.people, person, where);
        return userId === null ? [] : { emoji, userId };
      });
      leftOut.add("reactions", line.reactions.length - reacting.length);
      for (const [index, { emoji, userId }] of reacting.entries()) {
        // In their order, and before those that come.
        reactions.push({ boardId, commentId: id, userId, emoji, version: VERSION + index + 1 - reacting.length });
      }
      const authorId = author?.userId ?? null;
      const people = [...mentionIds, ...(authorId === null ? [] : [authorId]), ...reacting.map(({ userId }) => userId)];
      met.push(...people.map((userId) => ({ boardId, userId })));
      return {
        id,
        boardId,
        taskId,
        parentId: line.answers === null ? null : last.ids[line.answers - 1],
        authorId,
        authorName: authorId === null ? (author?.name ?? line.authorName) : null,
        state: line.state,
        text,
        mentionIds,
        createdAt: past(line.createdAt, tx),
        editedAt: line.editedAt === null ? null : past(line.editedAt, tx),
      };
    });
    await meet(tx, orgId, met);
    await Promise.all([
      tx.db.execute(sql`
        insert into comment (id, org_id, board_id, task_id, parent_id, author_id, author_name, origin, state, text,
          mention_ids, text_versions, imported_text, version, created_at, edited_at)
        select n.id, ${orgId}::uuid, n."boardId", n."taskId", n."parentId", n."authorId", n."authorName", 'imported',
          n.state, n.text, array(select json_array_elements_text(n."mentionIds")::uuid), '{}', null, ${VERSION}::bigint,
          n."createdAt", n."editedAt"
        from json_to_recordset(${rowsJson(comments)}) as n(id uuid, "boardId" uuid, "taskId" uuid, "parentId" uuid,
          "authorId" uuid, "authorName" text, state text, text text, "mentionIds" json, "createdAt" timestamptz,
          "editedAt" timestamptz)`),
      tx.db.execute(sql`
        insert into comment_reaction (org_id, board_id, comment_id, user_id, emoji, version)
        select ${orgId}::uuid, n."boardId", n."commentId", n."userId", n.emoji, n.version
        from json_to_recordset(${rowsJson(reactions)}) as n("boardId" uuid, "commentId" uuid, "userId" uuid, emoji text,
          version bigint) on conflict do nothing`),
    ]);
  });
}

/** A text with mentions of those who are members, and the names of the others. */
function mentioned(
  work: Importing,
  { text }: LineOf<"comments">,
  { board, where }: { board: number; where: string },
): { text: string; mentionIds: string[] } {
  const mentionIds = new Set<string>();
  const named = text.replaceAll(/<@@\{person\/([1-9]\d{0,8})\}>/gu, (_, number: string) => {
    const person = at(work.map.people, Number(number), where);
    if (person.userId === null) return `@${person.name}`;
    if (sees(work, person, board)) mentionIds.add(person.userId);
    return `<@${person.userId}>`;
  });
  return {
    text: withoutReferences(named, (name) => work.map.idOf(name) ?? name),
    mentionIds: [...mentionIds].toSorted(),
  };
}

async function importAttachments(work: Importing, files: ReadonlyMap<string, NewFile>): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  await inBatches(work, archive.lines("attachments"), async (batch) => {
    const attachments = batch.flatMap(({ line, where }) => {
      const file = files.get(line.sha256);
      if (!file) {
        leftOut.add("attachments");
        return [];
      }
      const { id: taskId, board } = map.task(line.task, where);
      const { contentType, sizeBytes } = file;
      return {
        id: newId(),
        boardId: at(map.boards, board, where).id,
        taskId,
        fileId: file.id,
        name: line.name,
        contentType,
        sizeBytes,
        thumbnail: hasThumbnail(file) ? "waiting" : "none",
        createdBy: personOr(work, line.createdBy, where),
        createdAt: past(line.createdAt, tx),
      };
    });
    await tx.db.execute(sql`
      insert into attachment (id, org_id, board_id, task_id, file_id, name, content_type, size_bytes, thumbnail, version,
        created_by, created_at)
      select n.id, ${orgId}::uuid, n."boardId", n."taskId", n."fileId", n.name, n."contentType", n."sizeBytes",
        n.thumbnail, ${VERSION}::bigint, n."createdBy", n."createdAt"
      from json_to_recordset(${rowsJson(attachments)}) as n(id uuid, "boardId" uuid, "taskId" uuid, "fileId" uuid, name text,
        "contentType" text, "sizeBytes" bigint, thumbnail text, "createdBy" uuid, "createdAt" timestamptz)`);
    for (const { id: attachmentId, boardId, thumbnail } of attachments) {
      if (thumbnail === "waiting") tx.later(MAKE_THUMBNAIL, { orgId, boardId, attachmentId });
    }
  });
}

/** `relates` has the lower id first. */
async function importRelations(work: Importing): Promise<void> {
  const { tx, archive, map, orgId } = work;
  const blocking = new Set<string>();
  const blocked = new Map<string, Set<string>>();
  await inBatches(work, archive.lines("relations"), (batch) => {
    const relations = batch.map(({ line: { kind, from, to, createdBy, createdAt }, where }) => {
      const [one, other] = [from, to].map((key) => {
        const { id, board } = map.task(key, where);
        return { taskId: id, boardId: at(map.boards, board, where).id };
      });
      if (!one || !other) throw new Error("a relation has two ends");
      if (kind === "blocks") {
        blocking.add(one.taskId);
        blocked.set(other.boardId, (blocked.get(other.boardId) ?? new Set()).add(other.taskId));
      }
      const [first, second] = kind === "relates" && other.taskId < one.taskId ? [other, one] : [one, other];
      return {
        id: newId(),
        kind,
        fromBoardId: first.boardId,
        fromTaskId: first.taskId,
        toBoardId: second.boardId,
        toTaskId: second.taskId,
        createdBy: personOr(work, createdBy, where),
        createdAt: past(createdAt, tx),
      };
    });
    return tx.db.execute(sql`
      insert into task_relation (id, org_id, kind, from_board_id, from_task_id, to_board_id, to_task_id, created_by, created_at)
      select n.id, ${orgId}::uuid, n.kind, n."fromBoardId", n."fromTaskId", n."toBoardId", n."toTaskId", n."createdBy",
        n."createdAt"
      from json_to_recordset(${rowsJson(relations)}) as n(id uuid, kind text, "fromBoardId" uuid, "fromTaskId" uuid,
        "toBoardId" uuid, "toTaskId" uuid, "createdBy" uuid, "createdAt" timestamptz) on conflict do nothing`);
  });
  if (blocking.size > 0) await tx.db.execute(saveBlocking(orgId, [...blocking]));
  for (const [boardId, taskIds] of blocked) await recountBlockers(tx, { orgId, boardId, taskIds: [...taskIds] });
}

async function importTimes(work: Importing): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  await inBatches(work, archive.lines("times"), (batch) => {
    const entries = batch.flatMap(({ line: { task, person, createdAt, updatedAt, ...entry }, where }) => {
      const { userId } = at(map.people, person, where);
      const { id: taskId, board } = map.task(task, where);
      if (userId === null || Date.parse(entry.stoppedAt) > tx.now.getTime()) {
        leftOut.add("entries of time");
        return [];
      }
      const times = { createdAt: past(createdAt, tx), updatedAt: past(updatedAt, tx) };
      return { ...entry, ...times, id: newId(), boardId: at(map.boards, board, where).id, taskId, userId };
    });
    return tx.db.execute(sql`
      insert into time_entry (id, org_id, board_id, task_id, user_id, note, started_at, stopped_at, created_at, updated_at)
      select n.id, ${orgId}::uuid, n."boardId", n."taskId", n."userId", n.note, n."startedAt", n."stoppedAt", n."createdAt",
        n."updatedAt"
      from json_to_recordset(${rowsJson(entries)}) as n(id uuid, "boardId" uuid, "taskId" uuid, "userId" uuid, note text,
        "startedAt" timestamptz, "stoppedAt" timestamptz, "createdAt" timestamptz, "updatedAt" timestamptz)`);
  });
}

/** Paused, until somebody lets them go on in their own name. */
async function importRecurrences(work: Importing): Promise<void> {
  const { tx, archive, map, orgId, userId } = work;
  await inBatches(work, archive.lines("recurrences"), (batch) =>
    tx.db.execute(sql`
      insert into recurrence (id, org_id, board_id, column_id, pattern_board_id, pattern_task_id, rule, starts_on, time,
        time_zone, mode, due_after_days, state, owner_id, version, created_at)
      select n.id, ${orgId}::uuid, n."boardId", n."columnId", n."patternBoardId", n."taskId", n.rule, n."startsOn", n.time,
        n."timeZone", n.mode, n."dueAfterDays", 'paused', ${userId}::uuid, ${VERSION}::bigint, n."createdAt"
      from json_to_recordset(${rowsJson(
        batch.map(({ line: { board, task, column, createdAt, ...recurrence }, where }) => {
          const pattern = map.task(task, where);
          return {
            ...recurrence,
            id: newId(),
            boardId: at(map.boards, board, where).id,
            columnId: at(map.columns, column, where).id,
            patternBoardId: at(map.boards, pattern.board, where).id,
            taskId: pattern.id,
            createdAt: past(createdAt, tx),
          };
        }),
      )}) as n(id uuid, "boardId" uuid, "columnId" uuid, "patternBoardId" uuid, "taskId" uuid, rule text, "startsOn" date,
        time text, "timeZone" text, mode text, "dueAfterDays" int, "createdAt" timestamptz)`),
  );
}
