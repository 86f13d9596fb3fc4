import { Observable, type OperatorFunction, Subject, takeUntil } from 'rxjs';
import type { Maybe } from '../lib/nouns.ts';

/**
 * `map` for a function that answers at once or later. One question at a time, answers in order; `settled` is called
 * after each has been consumed, also when nobody listens any more, and after a refusal. What `concatMap` would do,
 * without an inner Observable for every value.
 */
export function answer<T, R>(
  ask: (value: T) => Maybe<R>,
  settled: () => void = () => {},
): OperatorFunction<T, R> {
  return (source) =>
    new Observable((subscriber) => {
      const waiting: T[] = [];
      let pending = false;
      let ended = false;
      const deliver = (reply: R) => {
        pending = false;
        subscriber.next(reply);
        settled();
      };
      const fail = (error: unknown) => {
        subscriber.error(error);
        settled();
      };
      const proceed = () => {
        while (waiting.length > 0 && !pending && !subscriber.closed) put(waiting.shift() as T);
        if (ended && !pending) subscriber.complete();
      };
      const later = (reply: R) => {
        deliver(reply);
        proceed();
      };
      const put = (value: T) => {
        pending = true;
        let reply: Maybe<R>;
        try {
          reply = ask(value);
        } catch (error) {
          fail(error);
          return;
        }
        if (reply instanceof Promise) reply.then(later, fail);
        else deliver(reply);
      };
      // A subscription would be known too late to be ended from within a synchronous emission.
      const stop = new Subject<void>();
      subscriber.add(() => stop.next());
      if (subscriber.closed) return;
      source.pipe(takeUntil(stop)).subscribe({
        next(value) {
          if (pending) waiting.push(value);
          else put(value);
        },
        error: (error) => subscriber.error(error),
        complete() {
          ended = true;
          if (!pending) subscriber.complete();
        },
      });
    });
}
