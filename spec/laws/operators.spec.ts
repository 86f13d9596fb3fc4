import assert from 'node:assert/strict';
import {
  catchError,
  concatMap,
  delay,
  EMPTY,
  filter,
  map,
  materialize,
  Observable,
  type OperatorFunction,
  of,
  tap,
} from 'rxjs';
import type { Transition } from '../../lib/records.ts';
import { clipRewards } from '../../operators/clipRewards.ts';
import { scaleRewards } from '../../operators/scaleRewards.ts';
import { snapshot } from '../../operators/snapshot.ts';
import { transitions } from './batches.ts';
import { LawError } from './breach.ts';
import { describeOperator } from './describe.ts';
import { type OperatorSubject, operatorLaws } from './operatorLaws.ts';

type Make = () => OperatorFunction<Transition, unknown>;

const subject = (name: string, make: Make, writes: string[] = []): OperatorSubject<Transition> => ({
  ...{ name, make, writes, input: transitions(), patience: 10 },
});

describe('the laws of operators', () => {
  describeOperator(
    subject('clipRewards', () => clipRewards(1), ['rewards']),
    { runs: 30 },
  );
  describeOperator(
    subject('scaleRewards', () => scaleRewards(2), ['rewards']),
    { runs: 30 },
  );
  describeOperator(
    subject('snapshot', () => snapshot()),
    { runs: 30 },
  );
  describeOperator(
    subject('an operator that answers later', () => delay(1)),
    { runs: 30 },
  );

  const shared = () => {
    let count = 0;
    return map(({ t }: Transition) => ({ t, count: count++ }));
  };
  for (const [law, fault, make] of [
    ['one-to-one', 'swallows records', () => filter<Transition>(({ rewards }) => rewards[0] > 0)],
    ['one-to-one', 'doubles records', () => concatMap((record) => of(record, record))],
    ['completion', 'says the end by a record', () => materialize()],
    ['errors', 'hides errors', () => catchError(() => EMPTY)],
    ['unsubscription', 'goes on after it was left', () => deaf()],
    ['subscriptions-apart', 'counts over all subscriptions', shared],
    ['input-kept', 'writes to what it does not say', () => tap(({ values }) => values.fill(7))],
  ] as const satisfies readonly (readonly [string, string, Make])[]) {
    it(`${law} finds an operator that ${fault}`, async () => {
      const found = operatorLaws.find(({ name }) => name === law);
      await assert.rejects(
        async () => found?.run(subject(fault, make) as never, { runs: 50 }),
        (error) => error instanceof LawError && error.law === law,
      );
    });
  }
});

/** Never unsubscribes from its source. */
function deaf(): OperatorFunction<Transition, Transition> {
  return (source) =>
    new Observable((subscriber) => {
      source.subscribe((record) => subscriber.next(record));
    });
}
