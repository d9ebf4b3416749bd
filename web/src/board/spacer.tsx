/** Stands for the rows of a table that cannot be seen. */
export function Spacer({ height }: { height: number }) {
  return height > 0 && <tr aria-hidden="true" style={{ height }} />;
}
