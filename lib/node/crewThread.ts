// Not a variable of this module: an env's module may have loaded the library a second time.
const key = Symbol.for('pufferflow.crewThread');

type Marked = Record<symbol, (() => void) | undefined>;

/** Marks the calling thread as one of a crew; answers when something on it asks for threads of its own. */
export function askedForThreads(): Promise<void> {
  return new Promise((resolve) => {
    (globalThis as Marked)[key] = resolve;
  });
}

/** Tells that something asks for threads. @returns whether the calling thread is itself one of a crew */
export function askForThreads(): boolean {
  const told = (globalThis as Marked)[key];
  told?.();
  return told !== undefined;
}
