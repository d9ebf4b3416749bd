/** Why something was not done, said at once by screen readers. Undefined: nothing is wrong. */
export function Trouble({ says }: { says: string | undefined }) {
  if (says === undefined) return null;
  return (
    <p role="alert" className="text-sm text-danger">
      {says}
    </p>
  );
}
