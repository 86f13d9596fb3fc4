import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defineEnv } from '../../../lib/env/env.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import { EnvError } from '../../../lib/errors.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { multiDiscrete } from '../../../lib/space/multiDiscrete.ts';
import { tuple } from '../../../lib/space/tuple.ts';

/** Shows the action it was told last: a number of 5 … 7, two of a grid, and a bit. */
const echo = defineEnv({
  id: 'Echo-v0',
  observation: tuple([discrete(9), multiDiscrete([9, 9]), discrete(2)]),
  action: tuple([discrete(3, 5), multiDiscrete([2, 3], [-1, 4]), multiBinary(1)]),
  state: { told: ['i32', 4] },
  reset({ state: { told } }, i) {
    told.fill(0, 4 * i, 4 * i + 4);
  },
  step({ state: { told }, actions, rewards, terminations }, from, to) {
    for (let k = 4 * from; k < 4 * to; k++) told[k] = Math.abs(actions[k]);
    rewards.fill(0, from, to);
    terminations.fill(0, from, to);
  },
  observe({ state: { told }, observations }, from, to) {
    observations.set(told.subarray(4 * from, 4 * to), 4 * from);
  },
});

/** A ladder of 4 rungs: choice c climbs c rungs, and may not climb beyond the last. */
const ladder = defineEnv({
  id: 'Ladder-v0',
  observation: box(0, 4, [1], 'u8'),
  action: discrete(3),
  state: { rung: 'u8' },
  params: { broken: 0 },
  reset({ state: { rung } }, i) {
    rung[i] = 0;
  },
  step({ state: { rung }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      rung[i] += actions[i];
      assert.ok(rung[i] <= 4);
      rewards[i] = actions[i];
      terminations[i] = +(rung[i] === 4);
    }
  },
  observe({ state: { rung }, observations }, from, to) {
    observations.set(rung.subarray(from, to), from);
  },
  actionMask({ state: { rung }, params: { broken }, actionMasks }, from, to) {
    for (let i = from; i < to; i++)
      for (let c = 0; c < 3; c++) actionMasks[3 * i + c] = +(rung[i] + c <= 4 && !broken[i] && rung[i] < 4);
  },
});

describe('SerialEnvs with other spaces', () => {
  it('turns indices of choices into the env’s values, and shows several elements', () => {
    const indices = fc.tuple(fc.nat(2), fc.nat(1), fc.nat(2), fc.nat(1));
    fc.assert(
      fc.property(fc.array(indices, { minLength: 1, maxLength: 9 }), (told) => {
        const envs = vectorize(echo, { numEnvs: told.length, seed: 0 });
        envs.actions.set(told.flat());
        envs.advance();
        const values = told.flatMap(([a, b, c, d]) => [a + 5, Math.abs(b - 1), c + 4, d]);
        assert.deepEqual([...envs.observations], values);
        assert.deepEqual([...envs.actions], told.flat());
      }),
    );
  });

  it('refuses an index outside its component, by the value it stands for', () => {
    const envs = vectorize(echo, { numEnvs: 2, seed: 0 });
    envs.actions.set([0, 0, 0, 0, 0, 2, 0, 0]);
    const message = 'Echo-v0, env 1, step 0: action[1]: expected an integer in [-1, 1), got 1';
    assert.throws(() => envs.advance(), { name: 'EnvError', message });
  });

  it('passes continuous actions on as they are, and refuses what is not finite', () => {
    const lever = defineEnv({
      id: 'Lever-v0',
      observation: box(-10, 10, [2]),
      action: box(-1, 1, [2]),
      state: { told: ['f32', 2] },
      reset() {},
      step({ state: { told }, actions, rewards, terminations }, from, to) {
        told.set(actions.subarray(2 * from, 2 * to), 2 * from);
        rewards.fill(0, from, to);
        terminations.fill(0, from, to);
      },
      observe({ state: { told }, observations }, from, to) {
        observations.set(told.subarray(2 * from, 2 * to), 2 * from);
      },
    });
    const envs = vectorize(lever, { numEnvs: 2, seed: 0 });
    envs.actions.set([0.5, -3, 7, 0]);
    envs.advance();
    assert.deepEqual([...envs.observations], [0.5, -3, 7, 0]);
    envs.actions[3] = Number.NaN;
    assert.throws(() => envs.advance(), /env 1, step 1: action\[1\]: expected a finite number, got NaN/);
  });

  it('shows what is allowed, and refuses what is not', () => {
    const envs = vectorize(ladder, { numEnvs: 2, seed: 0 });
    assert.deepEqual([...(envs.actionMasks ?? [])], [1, 1, 1, 1, 1, 1]);
    envs.actions.set([2, 1]);
    envs.advance();
    envs.advance();
    // World 0 is at its end, where anything is allowed: nothing comes of it.
    assert.deepEqual([...(envs.actionMasks ?? [])], [1, 1, 1, 1, 1, 1]);
    envs.advance();
    assert.deepEqual([...envs.masks], [0, 1]);
    assert.deepEqual([...(envs.actionMasks ?? [])], [1, 1, 1, 1, 1, 0]);
    envs.actions.set([2, 2]);
    assert.throws(
      () => envs.advance(),
      (error) => error instanceof EnvError && error.row === 1 && /action mask forbids 2/.test(error.message),
    );
  });

  it('refuses a mask without any choice', () => {
    const stuck = () => vectorize(ladder, { numEnvs: 2, seed: 0, params: { broken: 1 } });
    assert.throws(stuck, /env 0, step 0: action mask: expected at least one allowed choice for action/);
  });

  it('names what is shown outside its space, in bytes, integers and other types', () => {
    const cases = [
      [box([0, 1], [3, 4], [2], 'u8'), /observation\[1\]: expected an integer in \[1, 4\], got 0/],
      [box([0, 1], [3, 4], [2], 'i16'), /observation\[1\]: expected an integer in \[1, 4\], got 0/],
      [multiDiscrete([3, 3], [0, 1]), /observation\[1\]: expected an integer in \[1, 4\), got 0/],
      [tuple([discrete(3), discrete(3, 1)]), /observation\[1\]: expected an integer in \[1, 4\), got 0/],
      [multiBinary(2), undefined],
    ] as const;
    for (const [observation, message] of cases) {
      const zeros = {
        ...echo,
        observation,
        action: discrete(2),
        state: {},
        reset() {},
        step() {},
        observe() {},
      };
      const open = () => vectorize(zeros, { numEnvs: 5, seed: 0 });
      if (message) assert.throws(open, message);
      else open();
    }
  });
});
