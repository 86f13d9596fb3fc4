import type { Maybe } from '../../nouns.ts';

/** An answer of the device that what is asked next has to wait for, whoever asked. */
export class Pending {
  #answer: Promise<void> | undefined;

  /** Whether one is awaited. */
  get isOn(): boolean {
    return this.#answer !== undefined;
  }

  /** Asks, once the answer is there that is awaited. */
  next<T>(ask: () => Maybe<T>): Maybe<T> {
    return this.#answer ? this.#answer.then(ask) : ask();
  }

  /** Awaits an answer, if it is not there yet. */
  hold<T>(answer: Maybe<T>): Maybe<T> {
    if (!(answer instanceof Promise)) return answer;
    const nothing = () => {};
    const settled = answer.then(nothing, nothing).then(() => {
      if (this.#answer === settled) this.#answer = undefined;
    });
    this.#answer = settled;
    return answer;
  }
}
