import { z } from "zod";
import { FILTER_LENGTH } from "./parse-filter.ts";

/** A filter as it is written (docs/filters.md). What it says is parsed, and refused, by the service: `FILTER_INVALID`. */
export const FilterText = z
  .string()
  .max(FILTER_LENGTH)
  .refine(
    (text) => text.isWellFormed() && !text.includes("\0"),
    "This text holds characters that cannot be looked for.",
  );
