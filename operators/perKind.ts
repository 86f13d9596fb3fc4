import { Observable, type OperatorFunction, Subject, takeUntil } from 'rxjs';
import { type Batch, isGrouped } from '../lib/records.ts';

interface Kinded {
  readonly kind: string;
}

/**
 * Runs a phrase of its own on the batch of each kind of agent, and joins what they emit: once every phrase has
 * answered, the answers are one record. A phrase may answer later, or once for several batches (`collect` does), as
 * long as all do so equally often. Completes when all phrases have; an error of one ends all.
 *
 * Where there is one kind only, batches are not grouped: its phrase is all there is.
 *
 * @param kinds what the phrases are made with, by the names of the kinds
 * @throws RangeError if there is no kind; (on the error channel) unless grouped records have just these kinds
 */
export function perKind<Noun, I extends Kinded, O extends Kinded>(
  kinds: Readonly<Record<string, Noun>>,
  phrase: (noun: Noun, kind: string) => OperatorFunction<I, O>,
): OperatorFunction<Batch<I>, Batch<O>> {
  const names = Object.keys(kinds);
  if (names.length === 0) throw new RangeError('perKind: expected at least one kind, got none');
  const phrases = names.map((name) => phrase(kinds[name], name));
  if (phrases.length === 1) return phrases[0] as OperatorFunction<Batch<I>, O>;
  return (source) =>
    new Observable((subscriber) => {
      const inputs = names.map(() => new Subject<I>());
      const answers: O[][] = names.map(() => []);
      let running = names.length;
      const join = () => {
        while (answers.every((waiting) => waiting.length > 0)) {
          const joined = answers.map((waiting, k) => [names[k], waiting.shift() as O] as const);
          subscriber.next({ kind: joined[0][1].kind, groups: Object.fromEntries(joined) });
        }
      };
      // A subscription would be known too late to be ended from within a synchronous emission.
      const stop = new Subject<void>();
      subscriber.add(() => stop.next());
      // `collect` stops listening once it has enough: then the envs must not go on.
      const fed = new Subject<void>();
      for (const [k, input] of inputs.entries()) {
        // A phrase may have failed as it was begun: then no other is.
        if (subscriber.closed) return;
        input.pipe(phrases[k], takeUntil(stop)).subscribe({
          next(answer) {
            answers[k].push(answer);
            join();
          },
          error: (error) => subscriber.error(error),
          complete() {
            if (--running === 0) subscriber.complete();
          },
        });
      }
      if (subscriber.closed) return;
      source.pipe(takeUntil(fed), takeUntil(stop)).subscribe({
        next(record) {
          const groups = isGrouped(record) ? record.groups : { 'one batch': record };
          if (names.length !== Object.keys(groups).length || names.some((name) => !groups[name])) {
            const got = Object.keys(groups).join(', ');
            subscriber.error(new RangeError(`perKind: expected the kinds ${names.join(', ')}, got ${got}`));
            return;
          }
          for (const [k, input] of inputs.entries()) input.next(groups[names[k]]);
          if (!inputs.some(({ observed }) => observed)) fed.next();
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          for (const input of inputs) input.complete();
        },
      });
    });
}
