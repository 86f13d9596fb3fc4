import assert from 'node:assert/strict';
import { Subject, take, takeUntil, tap } from 'rxjs';
import type { Envs } from '../../lib/nouns.ts';
import { Turn } from '../../lib/turn.ts';
import { observe } from '../../operators/observe.ts';
import { marble } from './marbles.ts';

function fakeEnvs() {
  const turn = new Turn();
  let t = 0;
  const envs = {
    turn,
    observe: () => ({ kind: 'observation' as const, t, observations: new Float32Array(1) }),
    act() {
      turn.stepping();
      t++;
      turn.open();
    },
  };
  return envs as Envs & typeof envs;
}

describe('observe', () => {
  it('emits once, and then only when the envs have been acted on', () => {
    const envs = fakeEnvs();
    const seen: number[] = [];
    const subscription = observe(envs).subscribe(({ t }) => seen.push(t));
    assert.deepEqual(seen, [0]);
    envs.act();
    envs.act();
    assert.deepEqual(seen, [0, 1, 2]);
    subscription.unsubscribe();
    envs.act();
    assert.deepEqual(seen, [0, 1, 2]);
  });

  it(
    'emits when the answer comes, not before',
    marble(({ cold, expectObservable }) => {
      const envs = fakeEnvs();
      const answers = cold('--a---a|').pipe(tap(() => envs.act()));
      const stop = new Subject<void>();
      answers.subscribe({ complete: () => stop.next() });
      const seen = observe(envs).pipe(takeUntil(stop));
      expectObservable(seen.pipe(tap(() => {}))).toBe('a-b---c|', {
        a: { ...envs.observe(), t: 0 },
        b: { ...envs.observe(), t: 1 },
        c: { ...envs.observe(), t: 2 },
      });
    }),
  );

  it('runs synchronous answers in a flat loop', () => {
    const envs = fakeEnvs();
    let last = 0;
    observe(envs)
      .pipe(take(100_000))
      .subscribe(({ t }) => {
        last = t;
        envs.act();
      });
    assert.equal(last, 99_999);
  });

  it('offers an observation that was taken but not acted on again', () => {
    const envs = fakeEnvs();
    const seen: number[] = [];
    observe(envs)
      .pipe(take(1))
      .subscribe(({ t }) => seen.push(t));
    observe(envs)
      .pipe(take(1))
      .subscribe(({ t }) => seen.push(t));
    assert.deepEqual(seen, [0, 0]);
  });

  it('sends what the envs throw down the error channel, and lets go of them', () => {
    const envs = fakeEnvs();
    const broken = { ...envs, observe: () => assert.fail('no picture') };
    const errors: string[] = [];
    observe(broken).subscribe({ error: ({ message }) => errors.push(message) });
    observe(broken).subscribe({ error: ({ message }) => errors.push(message) });
    assert.deepEqual(errors, ['no picture', 'no picture']);
  });

  it('refuses a second observer', () => {
    const envs = fakeEnvs();
    const errors: string[] = [];
    const first = observe(envs).subscribe();
    observe(envs).subscribe({ error: ({ message }) => errors.push(message) });
    assert.match(errors[0], /already being observed/);
    first.unsubscribe();
  });
});
