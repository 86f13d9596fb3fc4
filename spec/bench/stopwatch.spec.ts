import assert from 'node:assert/strict';
import { Stopwatch } from '../../bench/stopwatch.ts';

/** A clock that only work moves on, and each look at it by a millisecond. */
function clock() {
  let time = 0;
  return {
    look: () => ++time,
    work(milliseconds: number) {
      time += milliseconds;
      return milliseconds;
    },
  };
}

describe('Stopwatch', () => {
  it('gives each phase its own time, without that of the phases it calls, and without the cost of looking', () => {
    const { look, work } = clock();
    const watch = new Stopwatch(look);
    const inner = watch.wrap(() => 'inner', work);
    const outer = watch.wrap(
      ([name]) => name,
      (_name: string, own: number) => own + inner(20) + work(own),
    );
    watch.reset();
    assert.equal(outer('a', 10), 40);
    assert.equal(outer('b', 30), 80);
    work(5);
    const own = [...watch.laps].map(([phase, { milliseconds, calls }]) => [phase, milliseconds, calls]);
    assert.deepEqual(
      new Map(own.map(([phase, ...rest]) => [phase, rest])),
      new Map<unknown, unknown>([
        ['a', [10, 1]],
        ['inner', [40, 2]],
        ['b', [30, 1]],
        ['', [6, 0]],
      ]),
    );
  });

  it('counts operations by the arguments', () => {
    const watch = new Stopwatch();
    const add = watch.wrap(
      () => 'add',
      (a: number, b: number) => a + b,
      ([a, b]) => 10 * a + b,
    );
    assert.equal(add(1, 2) + add(3, 4), 10);
    assert.equal(watch.laps.get('add')?.flops, 46);
    watch.reset();
    assert.equal(watch.laps.get('add')?.flops, 0);
  });
});
