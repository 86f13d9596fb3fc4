import { Observable, type OperatorFunction, Subject, takeUntil } from 'rxjs';
import { type Batch, isGrouped } from '../lib/records.ts';

interface Kinded {
  readonly kind: string;
}

/**
 * Runs a phrase of its own on the batch of each kind of agent, and joins what they emit: once every phrase has
 * answered, the answers are one record. Completes when all phrases have; an error of one ends all.
 *
 * The kinds take their turns: what kinds share, such as a policy that all of them teach, is one kind's until its phrase
 * has answered, at once or later. Transitions alone, which are borrowed until the envs' next step, go to all kinds at
 * once: there a phrase may answer once for several (`collect` does), as long as all do so equally often.
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
      const waiting: (readonly [k: number, batch: I])[] = [];
      /** The kind whose turn it is; −1: nobody's. */
      let turn = -1;
      let running = names.length;
      let isAsking = false;
      let isFed = false;
      const join = () => {
        while (answers.every((answered) => answered.length > 0)) {
          const joined = answers.map((answered, k) => [names[k], answered.shift() as O] as const);
          subscriber.next({ kind: joined[0][1].kind, groups: Object.fromEntries(joined) });
        }
      };
      const proceed = () => {
        // Phrases that answer at once take their turns in this loop, on a flat stack.
        if (isAsking) return;
        isAsking = true;
        while (turn < 0 && waiting.length > 0) {
          const [k, batch] = waiting.shift() as (typeof waiting)[number];
          if (!inputs[k].observed) continue;
          turn = k;
          inputs[k].next(batch);
        }
        isAsking = false;
        if (isFed && turn < 0 && !subscriber.closed) for (const input of inputs) input.complete();
      };
      const pass = (k: number) => {
        if (turn === k) turn = -1;
      };
      // A subscription would be known too late to be ended from within a synchronous emission.
      const stop = new Subject<void>();
      // `collect` stops listening once it has enough: then the envs must not go on.
      const fed = new Subject<void>();
      subscriber.add(() => {
        // The source first: what phrases release as they are stopped must not complete it.
        fed.next();
        stop.next();
      });
      for (const [k, input] of inputs.entries()) {
        // A phrase may have failed as it was begun: then no other is.
        if (subscriber.closed) return;
        input.pipe(phrases[k], takeUntil(stop)).subscribe({
          next(answer) {
            answers[k].push(answer);
            pass(k);
            join();
            proceed();
          },
          error: (error) => subscriber.error(error),
          complete() {
            pass(k);
            if (--running === 0) subscriber.complete();
            else proceed();
          },
        });
      }
      if (subscriber.closed) return;
      source.pipe(takeUntil(fed)).subscribe({
        next(record) {
          const groups = isGrouped(record) ? record.groups : { 'one batch': record };
          if (names.length !== Object.keys(groups).length || names.some((name) => !groups[name])) {
            const got = Object.keys(groups).join(', ');
            subscriber.error(new RangeError(`perKind: expected the kinds ${names.join(', ')}, got ${got}`));
            return;
          }
          if (record.kind === 'transition') {
            for (const [k, input] of inputs.entries()) input.next(groups[names[k]]);
          } else {
            for (const [k, name] of names.entries()) waiting.push([k, groups[name]]);
            proceed();
          }
          if (!inputs.some(({ observed }) => observed)) fed.next();
        },
        error: (error) => subscriber.error(error),
        complete() {
          isFed = true;
          proceed();
        },
      });
    });
}
