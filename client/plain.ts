import type {
  AnyTRPCProcedure,
  AnyTRPCRouter,
  inferProcedureInput,
  inferProcedureOutput,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
  TRPCSubscriptionProcedure,
} from "@trpc/server";

// For build.ts: functions whose inferred results tsc writes out in full, so that what is published names no package of
// the server. The aliases stay private to this file: tsc would rather name one that it can import.

/** The same type, made of nothing but its own letters. */
type Plain<T> =
  T extends AsyncIterable<infer Item>
    ? AsyncIterable<Plain<Item>, void, unknown>
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

/** The procedures as a client needs them: who may call one (`meta`) is the server's own. */
type PlainRecord<Record> = {
  [Name in keyof Record]: Record[Name] extends AnyTRPCProcedure
    ? PlainProcedure<Record[Name]>
    : PlainRecord<Record[Name]>;
};

type PlainProcedure<Procedure extends AnyTRPCProcedure> = {
  query: TRPCQueryProcedure<PlainDef<Procedure>>;
  mutation: TRPCMutationProcedure<PlainDef<Procedure>>;
  subscription: TRPCSubscriptionProcedure<PlainDef<Procedure>>;
}[Procedure["_def"]["type"]];

/** Errors have one shape: written out for every procedure, it would be more than tsc writes down in one piece. */
type PlainDef<Procedure extends AnyTRPCProcedure> = {
  input: Plain<inferProcedureInput<Procedure>>;
  output: Plain<inferProcedureOutput<Procedure>>;
  meta: object;
  errorShape: "ErrorShape";
};

/** For unions of texts, which tsc would write by their alias: a property for each. */
type Names<T> = { [Name in T & string]: 0 };

type ErrorShapeOf<Router extends AnyTRPCRouter> = Plain<Router["_def"]["_config"]["$types"]["errorShape"]>;

export declare function plain<T>(): Plain<T>;
export declare function plainNames<T>(): Names<T>;
export declare function plainErrorShape<Router extends AnyTRPCRouter>(): ErrorShapeOf<Router>;
export declare function plainRecord<Router extends AnyTRPCRouter>(): PlainRecord<Router["_def"]["record"]>;
