/** Makes something when it is first asked for, and keeps it: a browser takes milliseconds to make a format. */
export function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}
