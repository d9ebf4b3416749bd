// breaks: leaves-see-trpc-as-types
export { TRPCError } from "@trpc/server";
