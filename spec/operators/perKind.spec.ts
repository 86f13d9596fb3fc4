import assert from 'node:assert/strict';
import { bufferCount, concatMap, delay, from, map, type Observable, of, pipe, take, throwError } from 'rxjs';
import type { Grouped, Observation } from '../../lib/records.ts';
import { infer, observe, perKind, stepEnv } from '../../operators/index.ts';
import { CountingAgent, CountingEnvs } from '../fakes/counting.ts';
import { marble } from './marbles.ts';

interface Numbered {
  readonly kind: string;
  readonly n: number;
}

const number = (n: number): Numbered => ({ kind: 'number', n });
const both = (a: number, b: number): Grouped<Numbered> => ({
  kind: 'number',
  groups: { a: number(a), b: number(b) },
});
const numbers = { w: both(1, 2), x: both(3, 4), y: both(5, 6), z: both(7, 8) };
const times = (factor: number) => map(({ n }: Numbered) => number(n * factor));

describe('perKind', () => {
  it(
    'joins what the phrases answer, in the order of the batches',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Grouped<Numbered>>('-w-x---|', numbers);
      const joined = source.pipe(perKind({ a: 10, b: 100 }, times));
      expectObservable(joined).toBe('-w-x---|', { w: both(10, 200), x: both(30, 400) });
      expectSubscriptions(source.subscriptions).toBe('^------!');
    }),
  );

  it(
    'lets the kinds take their turns, record after record',
    marble(({ cold, expectObservable }) => {
      const source = cold<Grouped<Numbered>>('w-x--|', numbers);
      const joined = source.pipe(perKind({ a: 2, b: 3 }, (frames) => delay(frames)));
      expectObservable(joined).toBe('-----w----(x|)', numbers);
      const alike = source.pipe(perKind({ a: 0, b: 3 }, (frames) => (frames ? delay(frames) : pipe())));
      expectObservable(alike).toBe('---w--(x|)', numbers);
    }),
  );

  it(
    'passes transitions on to all kinds at once, since the envs step on',
    marble(({ cold, expectObservable }) => {
      const moved = (a: number, b: number) => ({ ...both(a, b), kind: 'transition' });
      const source = cold('v-w-x-y-|', { v: moved(1, 2), w: moved(3, 4), x: moved(5, 6), y: moved(7, 8) });
      const gathered = (frames: number) =>
        pipe(
          bufferCount<Numbered>(2),
          map(([first, last]) => number(10 * first.n + last.n)),
          delay(frames),
        );
      const joined = source.pipe(perKind({ a: 3, b: 1 }, gathered));
      expectObservable(joined).toBe('-----a---(b|)', { a: both(13, 24), b: both(57, 68) });
    }),
  );

  it(
    'completes, and leaves the source, when every phrase has completed',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Grouped<Numbered>>('-w-x-y-z', numbers);
      const joined = source.pipe(perKind({ a: 3, b: 2 }, (count) => take(count)));
      expectObservable(joined).toBe('-w-x-|', numbers);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    }),
  );

  it(
    'passes errors of the source and of one phrase, and unsubscribes the source',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const broken = cold<Grouped<Numbered>>('-w-#', numbers);
      expectObservable(broken.pipe(perKind({ a: 1, b: 1 }, times))).toBe('-w-#', { w: numbers.w });
      const source = cold<Grouped<Numbered>>('-w-x-y', numbers);
      const phrase = (limit: number) =>
        concatMap((record: Numbered) => (record.n > limit ? throwError(() => 'too much') : of(record)));
      const joined = source.pipe(perKind({ a: 100, b: 3 }, phrase));
      expectObservable(joined).toBe('-w-#', { w: numbers.w }, 'too much');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'unsubscribes phrases and source',
    marble(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Grouped<Numbered>>('-w-x-y', numbers);
      expectObservable(source.pipe(perKind({ a: 1, b: 1 }, times)), '^-!').toBe('-w-', { w: numbers.w });
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }),
  );

  it('lets one kind pass ungrouped', () => {
    const seen: unknown[] = [];
    from([number(2), number(3)])
      .pipe(perKind({ only: 10 }, times))
      .subscribe((record) => seen.push(record));
    assert.deepEqual(seen, [number(20), number(30)]);
  });

  it('ends a source that emits synchronously for ever', () => {
    const envs = new CountingEnvs({ rows: 2, late: {}, numSteps: 1 });
    const agents = { a: 0, b: 0 };
    const grouped = observe(envs).pipe(
      map(
        (observation): Grouped<Observation> => ({
          kind: 'observation',
          groups: { a: observation, b: observation },
        }),
      ),
      perKind(agents, () => infer(new CountingAgent({ rows: 2, late: {}, numSteps: 1 }))),
      map((decision) => ('groups' in decision ? decision.groups.a : decision)),
      stepEnv(envs),
      take(5),
    );
    grouped.subscribe();
    assert.equal(envs.stepped, 5);
    assert.equal(envs.turn.isOpen, true);
  });

  it('refuses other kinds than its own', () => {
    const problem = (source: Observable<Numbered | Grouped<Numbered>>) => {
      let message = '';
      source
        .pipe(perKind({ a: 1, b: 1 }, times))
        .subscribe({ error: (error: Error) => (message = error.message) });
      return message;
    };
    const strange: Grouped<Numbered> = { kind: 'number', groups: { a: number(1), c: number(2) } };
    assert.equal(problem(of(strange)), 'perKind: expected the kinds a, b, got a, c');
    assert.equal(problem(of(number(1))), 'perKind: expected the kinds a, b, got one batch');
    assert.throws(() => perKind({}, times), /at least one kind/);
  });
});
