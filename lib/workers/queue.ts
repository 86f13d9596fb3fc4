import type { ColumnSpecs } from '../arena.ts';

/** Words of `counts`, far enough apart not to share a cache line; both count modulo twice the capacity. */
const PUT = 0;
const TAKEN = 16;

/** Looks at a word before the thread sleeps on it: some tens of microseconds. */
const SPINS = 2000;

/** The columns of a queue. @param capacity numbers that may be in it at a time */
export function queueColumns(capacity: number) {
  return { counts: ['i32', 32], items: ['i32', capacity] } as const satisfies ColumnSpecs;
}

/** Numbers that one thread puts in and another takes out, in order. */
export class Queue {
  readonly #counts: Int32Array;
  readonly #items: Int32Array;

  constructor({ counts, items }: { readonly counts: Int32Array; readonly items: Int32Array }) {
    this.#counts = counts;
    this.#items = items;
  }

  /** Puts a number in; there must be room for it. */
  put(item: number): void {
    const { length } = this.#items;
    const put = Atomics.load(this.#counts, PUT);
    this.#items[put % length] = item;
    Atomics.store(this.#counts, PUT, (put + 1) % (2 * length));
  }

  /** Wakes who waits for what was put in. */
  wake(): void {
    Atomics.notify(this.#counts, PUT);
  }

  /** Takes the oldest number out; −1: there is none. */
  take(): number {
    const { length } = this.#items;
    const taken = Atomics.load(this.#counts, TAKEN);
    if (taken === Atomics.load(this.#counts, PUT)) return -1;
    const item = this.#items[taken % length];
    Atomics.store(this.#counts, TAKEN, (taken + 1) % (2 * length));
    return item;
  }

  /** Waits, while there is none, until one is put in or so many milliseconds have passed. */
  wait(milliseconds: number): void {
    const taken = Atomics.load(this.#counts, TAKEN);
    for (let i = 0; i < SPINS; i++) if (Atomics.load(this.#counts, PUT) !== taken) return;
    Atomics.wait(this.#counts, PUT, taken, milliseconds);
  }
}
