/** The version in a mutation's answer: the board's at the row's last change. Undefined for answers without a row. */
export function versionOf(answer: unknown): number | undefined {
  if (typeof answer !== "object" || answer === null || !("version" in answer)) return undefined;
  return typeof answer.version === "number" ? answer.version : undefined;
}
