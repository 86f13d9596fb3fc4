import assert from 'node:assert/strict';
import { platform } from '../../lib/platform.ts';

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The same platform where there is no setImmediate, as in a browser. */
async function inBrowser(body: () => Promise<void>): Promise<void> {
  const { setImmediate, clearImmediate } = globalThis;
  Object.assign(globalThis, { setImmediate: undefined, clearImmediate: undefined });
  try {
    await body();
  } finally {
    Object.assign(globalThis, { setImmediate, clearImmediate });
  }
}

describe('platform', () => {
  for (const [name, within] of [
    ['Node', (body: () => Promise<void>) => body()],
    ['a browser', inBrowser],
  ] as const) {
    it(`calls back in a later turn, in ${name}`, () =>
      within(async () => {
        const order: string[] = [];
        platform.nextTurn(() => order.push('turn'));
        queueMicrotask(() => order.push('microtask'));
        order.push('now');
        await wait(20);
        assert.deepEqual(order, ['now', 'microtask', 'turn']);
      }));

    it(`does not call back once it is cancelled, in ${name}`, () =>
      within(async () => {
        const cancel = platform.nextTurn(() => assert.fail('called'));
        cancel();
        cancel();
        await wait(20);
      }));

    it(`lets timers have their turn, in ${name}`, () =>
      within(async () => {
        let [turns, done] = [0, false];
        const next = () => {
          turns++;
          if (!done) platform.nextTurn(next);
        };
        platform.nextTurn(next);
        await wait(10);
        done = true;
        assert.ok(turns > 1);
        await wait(5);
      }));
  }

  it('has a clock that does not run backwards', () => {
    const before = platform.now();
    assert.ok(platform.now() >= before);
  });
});
