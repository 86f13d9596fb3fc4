import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blackjack } from '../../../envs/blackjack.ts';
import { cartPole } from '../../../envs/cartPole.ts';
import { corridor } from '../../../envs/corridor.ts';
import { mine } from '../../../envs/mine.ts';
import { pendulum } from '../../../envs/pendulum.ts';
import { spaces } from '../../../envs/spaces.ts';
import { taxi } from '../../../envs/taxi.ts';
import { turnstile } from '../../../envs/turnstile.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../lib/checkpoint.ts';
import { type AnyEnv, type ColumnarEnv, defineEnv } from '../../../lib/env/env.ts';
import { loadState, saveState } from '../../../lib/env/saveState.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { VectorOptions } from '../../../lib/env/vectorOptions.ts';
import type { Json } from '../../../lib/nouns.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { openRun } from '../../../pipelines/openRun.ts';
import { ppo } from '../../../pipelines/ppo.ts';
import { act, cameOf, seeds } from './act.ts';
import { wander } from './wander.ts';

const envs = fc.constantFrom<AnyEnv>(
  wander,
  cartPole,
  corridor,
  taxi,
  blackjack,
  pendulum,
  spaces,
  turnstile,
  mine,
);
const options: fc.Arbitrary<VectorOptions> = fc.record({
  numEnvs: fc.integer({ min: 1, max: 20 }),
  seed: seeds,
  autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
});
const steps = fc.nat(40);

/** Walks from cell to cell; the world's size is in a table, which a wrong cell would miss. */
const maze = defineEnv({
  id: 'Maze-v0',
  observation: discrete(16),
  action: discrete(2),
  state: { cell: { type: 'i32', low: 0, high: 15 }, wind: { type: 'f64', width: 2, low: -1 } },
  reset({ state: { cell, wind }, rng }, i) {
    cell[i] = rng.integer(i, 0, 16);
    wind.fill(0, 2 * i, 2 * i + 2);
  },
  step({ state: { cell }, actions, rewards, terminations }, from, to) {
    for (let i = from; i < to; i++) {
      cell[i] = (cell[i] + actions[i]) & 15;
      rewards[i] = terminations[i] = 0;
    }
  },
  observe({ state: { cell }, observations }, from, to) {
    for (let i = from; i < to; i++) observations[i] = cell[i];
  },
});

describe('saveState', () => {
  it('and loadState go on bit for bit, in new envs and in used ones', () => {
    fc.assert(
      fc.property(envs, options, steps, steps, seeds, (env, options, before, used, seed) => {
        const first = vectorize(env, options);
        act(first, before, 1);
        const bytes = saveState(first);
        const second = vectorize(env, { ...options, seed });
        act(second, used, 2);
        loadState(second, bytes);
        assert.deepEqual(saveState(second), bytes);
        assert.deepEqual(second.scores, first.scores);
        for (let k = 0; k < 20; k++) {
          act(first, 1, k);
          act(second, 1, k);
          assert.deepEqual(cameOf(second), cameOf(first));
        }
        assert.deepEqual(saveState(second), saveState(first));
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same state the same bytes, whatever was loaded before', () => {
    fc.assert(
      fc.property(envs, options, fc.array(steps, { maxLength: 5 }), (env, options, parts) => {
        const whole = vectorize(env, options);
        const travelling = vectorize(env, { ...options, seed: 5 });
        act(travelling, 7, 3);
        for (const [k, part] of parts.entries()) {
          loadState(travelling, saveState(whole));
          act(whole, part, k);
          act(travelling, part, k);
          assert.deepEqual(saveState(travelling), saveState(whole));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('loadState', () => {
  const options = { numEnvs: 5, seed: 2 };
  const saved = (env: ColumnarEnv, changes: Partial<VectorOptions> = {}) =>
    saveState(vectorize(env, { ...options, ...changes }));

  /** Is refused with a message, and the envs are as before. */
  function refuses(env: ColumnarEnv, bytes: Uint8Array, message: RegExp): void {
    const envs = vectorize(env, options);
    act(envs, 13, 1);
    const before = [saveState(envs), cameOf(envs), envs.scores];
    assert.throws(() => loadState(envs, bytes), { name: 'CheckpointError', message });
    assert.deepEqual([saveState(envs), cameOf(envs), envs.scores], before);
  }

  it('refuses the states of other envs, and says which', () => {
    const { params: _, ...plain } = wander;
    const cases: [Uint8Array, RegExp][] = [
      [saved(corridor), /^checkpoint: state\.env: expected "Wander-v0", got "Corridor-v0"$/],
      [saved(wander, { numEnvs: 6 }), /state\.numEnvs: expected 5, got 6$/],
      [saved(wander, { autoreset: 'SAME_STEP' }), /state\.autoreset: expected "NEXT_STEP", got "SAME_STEP"$/],
      [
        saved({ ...plain, params: { drag: 1, range: 3 } }),
        /state\.params\[1\]: expected "reach", got "range"$/,
      ],
      [saved({ ...wander, action: discrete(4) }), /state\.kinds\.agent\.action\.n: expected 3, got 4$/],
      [
        saved({ ...wander, state: { ...wander.state, more: 'u8' } }),
        /expected no envs\.state\.more, got Uint8Array \[5\]$/,
      ],
    ];
    for (const [bytes, message] of cases) refuses(wander, bytes, message);
  });

  it('refuses the checkpoint of a run, and anything else that is no state', async () => {
    const run = await openRun(cartPole, ppo, { numEnvs: 5 });
    refuses(cartPole, run.save(), /^checkpoint: expected a saved state of envs, got a run$/);
    refuses(cartPole, encodeCheckpoint({ tensors: {}, values: [1] }), /got something else$/);
    refuses(cartPole, new Uint8Array(3), /truncated: only 3 bytes/);
  });

  it('refuses values outside the bounds that a column declares', () => {
    const { tensors, values } = decodeCheckpoint(saved(maze));
    const changed = (name: string, i: number, value: number) => {
      const { shape, data } = tensors[`state.${name}`];
      const copy = { shape, data: data.slice().fill(value, i, i + 1) };
      return encodeCheckpoint({ tensors: { ...tensors, [`state.${name}`]: copy }, values });
    };
    refuses(maze, changed('cell', 3, 99), /state\.cell\[3\]: expected a value in \[0, 15\], got 99$/);
    refuses(maze, changed('cell', 0, -1), /state\.cell\[0\]: expected a value in \[0, 15\], got -1$/);
    refuses(maze, changed('wind', 9, Number.NaN), /state\.wind\[9\]: .* in \[-1, Infinity\], got NaN$/);
    const least = vectorize(maze, options);
    loadState(least, changed('wind', 9, -1));
    assert.equal(least.state.wind[9], -1);
  });

  it('refuses bookkeeping that cannot be', () => {
    const { tensors, values } = decodeCheckpoint(saved(wander));
    const column = (name: string, value: number) => {
      const { shape, data } = tensors[name];
      return encodeCheckpoint({
        tensors: { ...tensors, [name]: { shape, data: data.slice().fill(value, 2, 3) } },
        values,
      });
    };
    refuses(wander, column('pending', 2), /envs\.pending\[2\]: cannot be, got 2$/);
    refuses(wander, column('pending', 1), /envs\.pending\[2\]: expected 0 with NEXT_STEP, got 1$/);
    refuses(wander, column('elapsed', 1), /envs\.elapsed\[2\]: expected at most 0 steps, got 1$/);
    refuses(wander, column('episodeReturns', Number.NaN), /envs\.episodeReturns\[2\]: cannot be, got NaN$/);
    refuses(
      wander,
      column('params.drag', Number.NaN),
      /envs\.params\.drag\[2\]: expected a number, got NaN$/,
    );
    refuses(wander, column('observations', 7), /the state shows .* where the saved observation\[2\] is 7$/);
    const counters = { t: 3, steps: 15, episodes: 2, seed: 1 };
    for (const wrong of [{ steps: 16 }, { episodes: 16 }, { t: 2 ** 53 - 1 }, { seed: -1 }, { more: 1 }]) {
      const all: Json = { ...(values as object), envs: { ...counters, ...wrong } as unknown as Json };
      refuses(wander, encodeCheckpoint({ tensors, values: all }), /^checkpoint: .*envs/);
    }
  });
});
