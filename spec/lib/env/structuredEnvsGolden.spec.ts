import assert from 'node:assert/strict';
import { emulate } from '../../../lib/env/emulate.ts';
import type { ResetOptions } from '../../../lib/env/structured.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Decision, Transition } from '../../../lib/records.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { golden } from '../../golden/golden.ts';

interface Case {
  readonly mode: 'NextStep' | 'SameStep';
  readonly time_limit: number;
  readonly lengths: readonly number[][];
  readonly reset_obs: readonly number[][];
  readonly steps: readonly {
    readonly action: readonly number[];
    readonly obs: readonly number[][];
    readonly reward: readonly number[];
    readonly terminated: readonly boolean[];
    readonly truncated: readonly boolean[];
    readonly info: { readonly final_obs?: readonly (number[] | null)[] };
  }[];
}

/** The reference's CounterEnv: shows (episode, t). Which world it is, the seed tells, since world i gets seed + i. */
class Counter {
  readonly observationSpace = box(0, 1000, [2]);
  readonly actionSpace = discrete(8);
  readonly #lengths: readonly number[][];
  #own: readonly number[] = [];
  #episode = -1;
  #t = 0;

  constructor(lengths: readonly number[][]) {
    this.#lengths = lengths;
  }

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.#own = this.#lengths[seed];
    this.#episode++;
    this.#t = 0;
    return [[this.#episode, 0], {}] as const;
  }

  step(action: number) {
    const reward = 10 * this.#episode + ++this.#t + action / 8;
    const terminated = this.#t >= this.#own[this.#episode % this.#own.length];
    return [[this.#episode, this.#t], reward, terminated, false, {}] as const;
  }
}

const pairs = (column: ArrayLike<number>) =>
  Array.from({ length: column.length / 2 }, (_, i) => [column[2 * i], column[2 * i + 1]]);

describe('golden: autoreset of structured envs against Gymnasium’s SyncVectorEnv', () => {
  const { cases } = golden<{ cases: Case[] }>('env/vector_autoreset');
  for (const { mode, time_limit, lengths, reset_obs, steps } of cases) {
    it(`${mode}, time limit ${time_limit}`, () => {
      const create = () => new Counter(lengths);
      const autoreset = mode === 'NextStep' ? 'NEXT_STEP' : 'SAME_STEP';
      const env = emulate({ id: 'Counter-v0', create, maxEpisodeSteps: time_limit });
      const envs = vectorize(env, { numEnvs: lengths.length, seed: 0, autoreset });
      assert.deepEqual(pairs(envs.groups[0].observations), reset_obs);
      let pending = lengths.map(() => false);
      for (const [t, { action, obs, reward, terminated, truncated, info }] of steps.entries()) {
        const decision = {
          ...envs.observe(),
          kind: 'decision',
          actions: Int32Array.from(action),
        } as Decision;
        const came = envs.step(decision) as Transition;
        assert.deepEqual(pairs(came.nextObservations), obs, `observations after step ${t}`);
        assert.deepEqual([...came.rewards], reward);
        assert.deepEqual([...came.terminations].map(Boolean), terminated);
        assert.deepEqual([...came.truncations].map(Boolean), truncated);
        assert.deepEqual(
          [...came.masks].map(Boolean),
          pending.map((due) => !due),
        );
        const over = terminated.map((flag, i) => flag || truncated[i]);
        if (autoreset === 'NEXT_STEP') pending = over;
        for (const [i, final] of (info.final_obs ?? []).entries())
          if (final) assert.deepEqual(pairs(came.finalObservations as Float32Array)[i], final);
        assert.deepEqual([...envs.ended].map(Boolean), over);
      }
    });
  }
});
