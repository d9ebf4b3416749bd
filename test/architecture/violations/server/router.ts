export const router = {};
export type AppRouter = typeof router;
