import { useEffect, useState } from "react";
import { texts } from "../texts.ts";

/** What takes a moment says nothing: a word that flashes by is worse than none. */
const PATIENCE_MS = 300;

export function Loading() {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="p-6 text-quiet">
      {isLong ? texts.loading : ""}
    </p>
  );
}
