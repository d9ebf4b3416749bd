import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCProcedure } from "@trpc/server";
import { z } from "zod";
import { AppError } from "../core/app-error.ts";
import { isJson } from "../core/http.ts";
import { ReadyJson } from "../core/ready-json.ts";
import type { CallForm, HttpCall } from "../http-call.ts";
import { problemHeaders, toProblem } from "./problem.ts";
import { type ParameterKind, parametersOf, readParameters } from "./query-parameters.ts";

/** Where calls in plain JSON are: the name of the procedure follows. */
export const CALLS_AT = "/api/v1/";

/** What a client may do about a repeat without touching the body. */
const REPEAT_HEADER = "idempotency-key";

type Procedures = ReadonlyMap<string, AnyTRPCProcedure>;

/**
 * Reads calls in plain JSON: a query by GET with its input as parameters, or either by POST with its input as the body.
 * Their inputs are read later, when the call is made.
 */
export class PlainCalls {
  readonly #procedures: Procedures;
  readonly #parameters = new Map<string, ReadonlyMap<string, ParameterKind>>();

  constructor(procedures: Procedures) {
    this.#procedures = procedures;
  }

  /** Fails: PROCEDURE_NOT_FOUND, SUBSCRIPTION_BY_SOCKET, METHOD_NOT_SUPPORTED (`Allow` says what is), MEDIA_TYPE_UNSUPPORTED. */
  read(req: IncomingMessage, res: ServerResponse, { pathname, search }: URL): HttpCall {
    const path = pathname.slice(CALLS_AT.length);
    const procedure = this.#procedures.get(path);
    if (!procedure) throw new AppError("PROCEDURE_NOT_FOUND");
    const { type } = procedure._def;
    if (type === "subscription") throw new AppError("SUBSCRIPTION_BY_SOCKET");
    const isByAddress = req.method === "GET" || req.method === "HEAD";
    if (isByAddress ? type !== "query" : req.method !== "POST") {
      res.setHeader("Allow", type === "query" ? "GET, HEAD, POST" : "POST");
      throw new AppError("METHOD_NOT_SUPPORTED");
    }
    if (!isByAddress && !isJson(req)) throw new AppError("MEDIA_TYPE_UNSUPPORTED");
    const input = inputOf(procedure);
    const parse = (text: string): unknown => {
      if (isByAddress) return input && readParameters(text, this.#parametersOf(path, input));
      return input && withRepeatHeader(req, text === "" ? {} : JSON.parse(text));
    };
    const query = isByAddress ? search : undefined;
    return { type, isBatch: false, paths: [path], procedures: [procedure], query, form: { ...PLAIN_FORM, parse } };
  }

  #parametersOf(path: string, input: z.ZodType): ReadonlyMap<string, ParameterKind> {
    const known = this.#parameters.get(path) ?? parametersOf(input);
    this.#parameters.set(path, known);
    return known;
  }
}

const PLAIN_FORM: Omit<CallForm, "parse"> = {
  refusalHeaders: problemHeaders,
  answer: (data) => [data instanceof ReadyJson ? data : JSON.stringify(data ?? null)],
  refuse: ({ message, data }) => [JSON.stringify(toProblem(message, data))],
};

/** The whole contract of what a procedure takes. */
export function inputOf({ _def }: AnyTRPCProcedure): z.ZodType | undefined {
  const inputs: unknown = Reflect.get(_def, "inputs");
  const last: unknown = Array.isArray(inputs) ? inputs.at(-1) : undefined;
  return last instanceof z.ZodType ? last : undefined;
}

/** `Idempotency-Key` is a mutation's id by another name. Fails: INPUT_INVALID when the input says another one. */
function withRepeatHeader({ headers }: IncomingMessage, input: unknown): unknown {
  const mutationId = headers[REPEAT_HEADER];
  if (mutationId === undefined || typeof input !== "object" || input === null || Array.isArray(input)) return input;
  if (!("mutationId" in input)) return { ...input, mutationId };
  if (input.mutationId === mutationId) return input;
  throw new AppError("INPUT_INVALID", { fields: { mutationId: "It differs from what Idempotency-Key says." } });
}
