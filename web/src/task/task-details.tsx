import { Activity } from "./activity.tsx";
import { Checklists } from "./checklists.tsx";
import { Comments } from "./comments.tsx";
import { Description } from "./description.tsx";
import { Files } from "./files.tsx";
import type { TaskProps } from "./task-props.ts";

/** The texts, lists and files of a task. */
export function TaskDetails(props: TaskProps) {
  return (
    <>
      <Description {...props} />
      <Checklists {...props} />
      <Files {...props} />
      <Comments {...props} />
      <Activity {...props} />
    </>
  );
}
