/** Answers the value before in place of one that says the same, so that what is made of it is not made again. */
export function keeper<Value>(isSame: (a: Value, b: Value) => boolean): (value: Value) => Value {
  let kept: { readonly value: Value } | undefined;
  return (value) => {
    if (!kept || !isSame(kept.value, value)) kept = { value };
    return kept.value;
  };
}

export function isSameMap<Key, Value>(a: ReadonlyMap<Key, Value>, b: ReadonlyMap<Key, Value>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
