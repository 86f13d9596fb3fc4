import { concatMap, from, type OperatorFunction, of } from 'rxjs';
import type { Maybe } from '../lib/nouns.ts';

/** `map` for a function that answers at once or later. One question at a time, answers in order. */
export function answer<T, R>(ask: (value: T) => Maybe<R>): OperatorFunction<T, R> {
  return concatMap((value) => {
    const reply = ask(value);
    return reply instanceof Promise ? from(reply) : of(reply);
  });
}
