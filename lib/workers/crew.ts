import type { Maybe } from '../nouns.ts';

/** What each member of a crew does in a task; `words` are what the caller told. */
export type Work = (member: number, words: Float64Array) => void;
/** Lets all members work, and returns when all have. @throws what a member threw: the first in step and world, if several did */
export type Task = (...words: readonly number[]) => Maybe<void>;

/** Numbers that a task may be told. */
export const WORDS = 16;

/**
 * Threads that work on the same columns. Nouns register their tasks as they are made, the same in the same order on
 * every thread, and divide the work up themselves: by the number of the member, or by claiming piece after piece.
 * Whatever is computed must not depend on who did it.
 */
export interface Crew {
  /** How many work at the same time. */
  readonly size: number;
  /** Which of them this thread is; −1: it only waits for the others. */
  readonly member: number;
  /** Tasks that are set while another has yet to answer take their turns. */
  task(work: Work): Task;
  /** A task that answers at once, however long it takes: for what cannot be answered later. */
  blockingTask(work: Work): (...words: readonly number[]) => void;
  /**
   * Sets a task, by `begin`, that the others do at once; the calling thread does its part, and waits, when the function
   * is called that this returns. Until then no other task may be set.
   */
  ahead<T>(begin: () => Maybe<T>): () => Promise<T>;
  /** The next of the pieces 0, 1, 2, … that no member has claimed since the task began. */
  claim(): number;
  /** Tells what the member is at: worlds from … to − 1 at step t. */
  report(member: number, t: number, from: number, to: number): void;
}

/** Parts of tasks that are done later. */
export class Delay {
  #isOn = false;
  #part: () => void = () => {};

  /** Whether a task is set that is to be `put` off. */
  get isOn(): boolean {
    return this.#isOn;
  }

  put(part: () => Maybe<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#part = () => {
        try {
          resolve(part());
        } catch (error) {
          reject(error);
        }
      };
    });
  }

  /** Puts off what `begin` sets; returns a function that does it, and answers with what follows of it. */
  ahead<T>(begin: () => Maybe<T>): () => Promise<T> {
    this.#isOn = true;
    try {
      const answer = begin();
      return async () => {
        this.#part();
        return await answer;
      };
    } finally {
      this.#isOn = false;
    }
  }
}

/** The calling thread, by itself. */
export class Alone implements Crew {
  readonly size = 1;
  readonly member = 0;
  readonly #words = new Float64Array(WORDS);
  readonly #delay = new Delay();
  #claimed = 0;

  task(work: Work): Task {
    return (...words) => {
      if (this.#delay.isOn) return this.#delay.put(() => this.#do(work, words));
      return this.#do(work, words);
    };
  }

  ahead<T>(begin: () => Maybe<T>): () => Promise<T> {
    return this.#delay.ahead(begin);
  }

  blockingTask(work: Work): (...words: readonly number[]) => void {
    return (...words) => this.#do(work, words);
  }

  #do(work: Work, words: readonly number[]): void {
    this.#claimed = 0;
    this.#words.set(words);
    work(0, this.#words);
  }

  claim(): number {
    return this.#claimed++;
  }

  report(): void {}
}

/** Calls `then` when the answer is there: at once, if it is there already. */
export function after<T, R>(answer: Maybe<T>, then: (value: T) => R): Maybe<R> {
  return answer instanceof Promise ? answer.then(then) : then(answer);
}

/** Runs what answers now or later; `failed` is called before an error goes on. */
export function attempt<T>(run: () => Maybe<T>, failed: () => void): Maybe<T> {
  const fail = (error: unknown): never => {
    failed();
    throw error;
  };
  try {
    const answer = run();
    return answer instanceof Promise ? answer.catch(fail) : answer;
  } catch (error) {
    return fail(error);
  }
}

/** What was answered at once. @throws TypeError if it was not */
export function immediate<T>(answer: Maybe<T>): T {
  if (answer instanceof Promise) throw new TypeError('expected an answer at once, got a promise');
  return answer;
}
