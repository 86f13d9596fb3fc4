import assert from 'node:assert/strict';
import { defer, lastValueFrom, of, toArray } from 'rxjs';
import { turns } from '../../operators/turns.ts';

describe('turns', () => {
  it('repeats until the condition no longer holds, which it asks after every iteration', async () => {
    let count = 0;
    const seen = await lastValueFrom(
      defer(() => of(++count)).pipe(
        turns(() => count < 5),
        toArray(),
      ),
    );
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  });

  it('lets timers have their turn between iterations', async () => {
    let stop = false;
    setTimeout(() => {
      stop = true;
    }, 5);
    await lastValueFrom(of(1).pipe(turns(() => !stop)));
    assert.equal(stop, true);
  });

  it('does not begin another iteration once it is unsubscribed', async () => {
    let count = 0;
    defer(() => of(++count))
      .pipe(turns(() => true))
      .subscribe()
      .unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(count, 1);
  });
});
