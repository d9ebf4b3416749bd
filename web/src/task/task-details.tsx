import { Activity } from "./activity.tsx";
import { Checklists } from "./checklists.tsx";
import { Comments } from "./comments.tsx";
import { Description } from "./description.tsx";
import { Fields } from "./fields.tsx";
import { Files } from "./files.tsx";
import { Parts } from "./parts.tsx";
import { Relations } from "./relations.tsx";
import type { TaskProps } from "./task-props.ts";
import { Time } from "./time.tsx";

/** The fields, texts, lists, parts, relations, time and files of a task. */
export function TaskDetails(props: TaskProps) {
  return (
    <>
      <Fields {...props} />
      <Description {...props} />
      <Checklists {...props} />
      <Parts {...props} />
      <Relations {...props} />
      <Time {...props} />
      <Files {...props} />
      <Comments {...props} />
      <Activity {...props} />
    </>
  );
}
