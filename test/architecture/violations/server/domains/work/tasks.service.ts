export const moveTask = () => undefined;
