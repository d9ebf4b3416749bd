// breaks: services-know-no-transport
export { TRPCError } from "@trpc/server";
