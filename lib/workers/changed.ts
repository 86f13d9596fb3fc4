import { platform } from '../platform.ts';

/** Not in TypeScript's library before ES2024. */
type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
  timeout: number,
) => { readonly value: string | Promise<string> };

const { waitAsync } = Atomics as { readonly waitAsync?: WaitAsync };

/**
 * Waits, without holding the thread up, until a word is no longer what it was and its waiters have been notified, or so
 * many milliseconds have passed. It keeps no process alive.
 */
export async function changed(words: Int32Array, index: number, was: number, timeout: number): Promise<void> {
  if (waitAsync) await waitAsync(words, index, was, timeout).value;
  else if (Atomics.load(words, index) === was) await platform.pause(1);
}
