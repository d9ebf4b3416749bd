/**
 * Answers all who ask in the same turn of the event loop by one look-up, which begins after the last of them asked.
 * Who is not in its answer gets undefined; its failure is everybody's.
 */
export function together<Key, Answer>(
  lookUp: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Answer>>,
): (key: Key) => Promise<Answer | undefined> {
  let asking: { keys: Set<Key>; answers: Promise<ReadonlyMap<Key, Answer>> } | undefined;
  return async (key) => {
    if (!asking) {
      const keys = new Set<Key>();
      const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        asking = undefined;
        return lookUp([...keys]);
      });
      asking = { keys, answers };
    }
    asking.keys.add(key);
    return (await asking.answers).get(key);
  };
}
