import { Activity } from "./activity.tsx";
import { Checklists } from "./checklists.tsx";
import { Comments } from "./comments.tsx";
import { Description } from "./description.tsx";
import { Elsewhere } from "./elsewhere.tsx";
import { Fields } from "./fields.tsx";
import { Files } from "./files.tsx";
import { ForYou } from "./for-you.tsx";
import { Parts } from "./parts.tsx";
import { Plans } from "./plans.tsx";
import { Recurrence } from "./recurrence.tsx";
import { Relations } from "./relations.tsx";
import type { TaskProps } from "./task-props.ts";
import { Time } from "./time.tsx";

/** The fields, texts, lists, parts, relations, recurrence, time and files of a task. */
export function TaskDetails(props: TaskProps) {
  return (
    <>
      <Plans {...props} />
      <Fields {...props} />
      <Description {...props} />
      <Checklists {...props} />
      <Parts {...props} />
      <Relations {...props} />
      <Recurrence {...props} />
      <Time {...props} />
      <Files {...props} />
      <Comments {...props} />
      <ForYou {...props} />
      <Elsewhere {...props} />
      <Activity {...props} />
    </>
  );
}
