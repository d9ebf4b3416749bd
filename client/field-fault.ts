import { checkValues } from "../server/domains/work/field-values.ts";
import type { Field, FieldValue } from "../server/domains/work/fields.contract.ts";

/**
 * Why a field of a task that has `before` in it cannot hold `value`, as a sentence; undefined: it can. Whether a person
 * can see the board is for the server to say.
 */
export function fieldFault(field: Field, before: FieldValue | undefined, value: FieldValue): string | undefined {
  const checked = checkValues([field], before === undefined ? {} : { [field.id]: before }, { [field.id]: value });
  return "wrong" in checked ? checked.wrong.says : undefined;
}
