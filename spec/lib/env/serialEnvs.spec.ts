import assert from 'node:assert/strict';
import fc from 'fast-check';
import { corridor } from '../../../envs/corridor.ts';
import { Arena, bytesOf, type Column } from '../../../lib/arena.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../lib/checkpoint.ts';
import { type ColumnarEnv, defineEnv } from '../../../lib/env/env.ts';
import { SerialEnvs } from '../../../lib/env/serialEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { Autoreset, VectorOptions } from '../../../lib/env/vectorOptions.ts';
import { CheckpointError, EnvError, StaleActionError } from '../../../lib/errors.ts';
import type { Json, Saved } from '../../../lib/nouns.ts';
import type { Decision, Transition } from '../../../lib/records.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { byObservation, type Policy, play, wander } from './wander.ts';

const modes: readonly Autoreset[] = ['NEXT_STEP', 'SAME_STEP'];
const seeds = fc.maxSafeNat();
const sizes = fc.integer({ min: 1, max: 40 });
const autoresets = fc.constantFrom(...modes);

const rowOf = (column: Column, i: number) => [...column.subarray(3 * i, 3 * i + 3)];
const ended = ({ terminations, truncations }: Transition, i: number) => terminations[i] + truncations[i] > 0;

interface Episode {
  readonly rewards: readonly number[];
  readonly observations: readonly number[][];
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** The finished episodes of a row, each from its first observation to its last. */
function episodesOf(transitions: readonly Transition[], i: number): Episode[] {
  const episodes: Episode[] = [];
  let rewards: number[] = [];
  let observations: number[][] = [];
  for (const transition of transitions) {
    if (!transition.masks[i]) continue;
    rewards.push(transition.rewards[i]);
    observations.push(rowOf(transition.observations, i));
    if (!ended(transition, i)) continue;
    const last = transition.finalObservations ?? transition.nextObservations;
    observations.push(rowOf(last, i));
    const [terminated, truncated] = [transition.terminations[i] === 1, transition.truncations[i] === 1];
    episodes.push({ rewards, observations, terminated, truncated });
    [rewards, observations] = [[], []];
  }
  return episodes;
}

describe('vectorize', () => {
  const refused: [title: string, options: object, name: string, message: RegExp][] = [
    ...[0, -1, -1e9, 1.5, Number.NaN, '3', undefined].map((numEnvs): [string, object, string, RegExp] => [
      `${numEnvs} envs`,
      { numEnvs },
      'RangeError',
      /^vectorize: numEnvs must be a positive integer, got/,
    ]),
    ['a negative seed', { seed: -1 }, 'RangeError', /^seed: expected an integer/],
    [
      'an unknown mode',
      { autoreset: 'NEXT' },
      'RangeError',
      /autoreset must be NEXT_STEP or SAME_STEP, got NEXT/,
    ],
    [
      'an unknown parameter',
      { params: { drga: 1 } },
      'TypeError',
      /unknown parameter drga; it has \[drag, reach\]/,
    ],
    ['an inherited parameter', { params: { toString: 1 } }, 'TypeError', /unknown parameter toString/],
    [
      'a parameter in words',
      { params: { drag: 'much' } },
      'TypeError',
      /params.drag must be a number, got much/,
    ],
    [
      'a NaN parameter',
      { params: { drag: Number.NaN } },
      'TypeError',
      /params.drag must be a number, got NaN/,
    ],
  ];
  for (const [title, options, name, message] of refused) {
    it(`refuses ${title}`, () => {
      const all = { numEnvs: 2, seed: 1, ...options } as VectorOptions;
      assert.throws(() => vectorize(wander, all), { name, message });
      assert.throws(() => new SerialEnvs(wander, all, new Arena(1e5)), { name, message });
    });
  }

  it('takes the arena it is given, and needs what columns() says', () => {
    for (const autoreset of modes) {
      const options = { numEnvs: 1000, seed: 1, autoreset };
      const bytes = bytesOf(SerialEnvs.columns(wander, options));
      const arena = new Arena(bytes);
      const envs = vectorize(wander, options, arena);
      assert.equal(envs.observations.buffer, arena.memory.buffer);
      const left = arena.memory.buffer.byteLength - 64 - bytes;
      arena.take({ rest: ['u8', left] });
      assert.throws(() => arena.take({ more: ['u8', 1] }), RangeError);
    }
  });

  it('sets parameters in every world, the defaults where nothing is said', () => {
    const goals = (options: object) => {
      const envs = vectorize(corridor, { numEnvs: 300, seed: 1, ...options });
      return envs.state.goal as Float32Array;
    };
    assert.ok(goals({}).some((goal) => goal > 8));
    assert.ok(goals({ params: { length: 4 } }).every((goal) => goal <= 4));
  });
});

describe('SerialEnvs', () => {
  it('resets every row in the constructor and shows it', () => {
    const envs = vectorize(wander, { numEnvs: 50, seed: 3 });
    const { x } = envs.state;
    for (let i = 0; i < 50; i++) assert.deepEqual(rowOf(envs.observations, i), [Math.fround(x[i]), 0, 0]);
    assert.equal(new Set(x).size, 50);
    assert.deepEqual([envs.t, envs.steps, envs.scores.episodes], [0, 0, 0]);
  });

  it('aligns transitions: what is seen next is what is seen at the next step', () => {
    for (const autoreset of modes) {
      const transitions = play(vectorize(wander, { numEnvs: 7, seed: 3, autoreset }), 40);
      for (const [t, transition] of transitions.entries()) {
        assert.equal(transition.t, t);
        if (t > 0) assert.deepEqual(transition.observations, transitions[t - 1].nextObservations);
      }
    }
  });

  it('keeps an observation intact during the step that acts on it', () => {
    const envs = vectorize(wander, { numEnvs: 7, seed: 3 });
    for (let t = 0; t < 20; t++) {
      const { observations } = envs.observe();
      const seen = observations.slice();
      envs.actions.fill(t % 3);
      envs.advance();
      assert.deepEqual(observations, seen);
      assert.notEqual(envs.observe().observations, observations);
    }
  });

  it('NEXT_STEP: the step after an end resets, carries nothing and ignores the action', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, numEnvs) => {
        const options = { numEnvs, seed };
        const transitions = play(vectorize(wander, options), 40);
        // The same, but for the actions of rows that are to be reset.
        let pending = new Array<boolean>(numEnvs).fill(false);
        const other = vectorize(wander, options);
        for (const [t, transition] of transitions.entries()) {
          const [again] = play(other, 1, (x, row) => (byObservation(x, row, t) + +pending[row]) % 3);
          assert.deepEqual(again.nextObservations, transition.nextObservations);
          assert.equal(transition.finalObservations, undefined);
          for (let i = 0; i < numEnvs; i++) {
            const { rewards, terminations, truncations, masks } = transition;
            assert.equal(masks[i], +!pending[i]);
            if (pending[i]) {
              assert.deepEqual([rewards[i], terminations[i], truncations[i]], [0, 0, 0]);
              const [x, speed, far] = rowOf(transition.nextObservations, i);
              assert.ok(Math.abs(x) <= 1 && speed === 0 && far === 0, 'a reset row shows a new episode');
            }
          }
          pending = Array.from({ length: numEnvs }, (_, i) => ended(transition, i));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('SAME_STEP: resets at once, every row is real, and the last observation is kept', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, numEnvs) => {
        for (const transition of play(vectorize(wander, { numEnvs, seed, autoreset: 'SAME_STEP' }), 40)) {
          const { masks, nextObservations, finalObservations } = transition;
          assert.ok(masks.every((mask) => mask === 1));
          for (let i = 0; i < numEnvs; i++) {
            if (!ended(transition, i)) continue;
            const [x, speed, far] = rowOf(nextObservations, i);
            assert.ok(Math.abs(x) <= 1 && speed === 0 && far === 0, 'a new episode is shown');
            // Two steps beyond the reach end an episode; else the time limit does.
            const last = rowOf(finalObservations as Float32Array, i);
            assert.equal(last[2] >= 2, transition.terminations[i] === 1);
            assert.notEqual(last[1], 0);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('plays the same episodes in both modes', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, numEnvs) => {
        const [next, same] = modes.map((autoreset) =>
          play(vectorize(wander, { numEnvs, seed, autoreset }), 60),
        );
        for (let i = 0; i < numEnvs; i++) {
          const episodes = episodesOf(next, i);
          assert.ok(episodes.length >= 4);
          // Without reset rows, 60 steps hold some more.
          assert.deepEqual(episodesOf(same, i).slice(0, episodes.length), episodes);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('truncates at the time limit, and only there', () => {
    const transitions = play(vectorize(wander, { numEnvs: 40, seed: 5 }), 60);
    const episodes = Array.from({ length: 40 }, (_, i) => episodesOf(transitions, i)).flat();
    for (const { rewards, truncated, terminated } of episodes) {
      assert.equal(truncated, rewards.length === 12);
      assert.ok(truncated || terminated);
    }
    const kinds = new Set(episodes.map(({ terminated, truncated }) => `${terminated} ${truncated}`));
    assert.deepEqual([...kinds].sort(), ['false true', 'true false', 'true true']);
  });

  it('never truncates without a limit', () => {
    const { maxEpisodeSteps: _, ...endless } = wander;
    const options = { numEnvs: 5, seed: 1, params: { reach: 1e6 } };
    for (const { truncations, terminations } of play(vectorize(endless, options), 100, () => 1)) {
      assert.ok(truncations.every((flag) => flag === 0) && terminations.every((flag) => flag === 0));
    }
  });

  it('gives a row the same life, however many others there are and whatever they do', () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, autoresets, fc.nat(1), (seed, n, m, autoreset, rest) => {
        const row = Math.min(n, m) - 1;
        const only: Policy = (x, i, t) => (i === row ? byObservation(x, i, t) : (i + t + rest) % 3);
        const few = play(vectorize(wander, { numEnvs: n, seed, autoreset }), 40);
        const many = play(vectorize(wander, { numEnvs: m, seed, autoreset }), 40, only);
        for (const [t, { nextObservations, rewards, terminations, truncations, masks }] of few.entries()) {
          const other = many[t];
          assert.deepEqual(rowOf(nextObservations, row), rowOf(other.nextObservations, row));
          assert.equal(rewards[row], other.rewards[row]);
          assert.equal(terminations[row], other.terminations[row]);
          assert.equal(truncations[row], other.truncations[row]);
          assert.equal(masks[row], other.masks[row]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is the same run for the same seed, and another for another', () => {
    const run = (seed: number) => play(vectorize(wander, { numEnvs: 4, seed }), 20);
    assert.deepEqual(run(7), run(7));
    assert.notDeepEqual(run(7), run(8));
  });

  it('counts real transitions and scores the last 100 episodes', () => {
    fc.assert(
      fc.property(seeds, sizes, autoresets, (seed, numEnvs, autoreset) => {
        const envs = vectorize(wander, { numEnvs, seed, autoreset });
        let steps = 0;
        const finished: [number, number][] = [];
        const sums = new Array(numEnvs).fill(0);
        const lengths = new Array(numEnvs).fill(0);
        for (let t = 0; t < 60; t++) {
          const [transition] = play(envs, 1);
          for (let i = 0; i < numEnvs; i++) {
            steps += transition.masks[i];
            sums[i] += transition.rewards[i];
            lengths[i] += transition.masks[i];
            if (!ended(transition, i)) continue;
            finished.push([sums[i], lengths[i]]);
            [sums[i], lengths[i]] = [0, 0];
          }
          assert.equal(envs.t, t + 1);
          assert.equal(envs.steps, steps);
          assert.equal(envs.scores.steps, steps);
          assert.equal(envs.scores.episodes, finished.length);
        }
        const last = finished.slice(-100);
        const mean = (k: 0 | 1) => last.reduce((sum, episode) => sum + episode[k], 0) / last.length;
        assert.ok(Math.abs(envs.scores.episodeReturn - mean(0)) < 1e-9);
        assert.ok(Math.abs(envs.scores.episodeLength - mean(1)) < 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});

describe('SerialEnvs, saved', () => {
  /** Ways a state may travel. */
  const travels: Record<string, (saved: Saved) => Saved> = {
    directly: (saved) => saved,
    'through structuredClone': (saved) => structuredClone(saved),
    'through a checkpoint': ({ tensors, values }) => {
      const decoded = decodeCheckpoint(encodeCheckpoint({ tensors, values: values as Json }));
      return decoded as unknown as Saved;
    },
  };

  for (const [title, travel] of Object.entries(travels)) {
    it(`goes on bit for bit ${title}, in new envs and in used ones`, () => {
      fc.assert(
        fc.property(
          seeds,
          sizes,
          autoresets,
          fc.nat(40),
          fc.nat(40),
          (seed, numEnvs, autoreset, before, used) => {
            const options = { numEnvs, seed, autoreset };
            const envs = vectorize(wander, options);
            play(envs, before);
            const saved = travel(envs.save());
            const other = vectorize(wander, options);
            // Another policy: its rows end at other times, in other states.
            play(other, used, (_, row, t) => ((row % 2) + t) % 3);
            other.load(saved);
            assert.deepEqual([other.t, other.steps, other.scores], [envs.t, envs.steps, envs.scores]);
            assert.deepEqual(other.observations, envs.observations);
            assert.deepEqual(play(other, 30), play(envs, 30));
            assert.deepEqual(other.save(), envs.save());
          },
        ),
        { numRuns: 25 },
      );
    });
  }

  it('is a copy, which later steps leave alone', () => {
    const envs = vectorize(wander, { numEnvs: 5, seed: 2 });
    play(envs, 9);
    const saved = envs.save();
    const copy = structuredClone(saved);
    play(envs, 9);
    assert.deepEqual(saved, copy);
    envs.load(saved);
    play(envs, 9);
    assert.deepEqual(saved, copy);
  });

  it('is refused where it does not fit, and then nothing has changed', () => {
    const envs = vectorize(wander, { numEnvs: 5, seed: 2 });
    play(envs, 9);
    const saved = envs.save();
    const tensors = (change: (tensors: Record<string, unknown>) => void): Saved => {
      const copy = structuredClone(saved);
      change(copy.tensors as Record<string, unknown>);
      return copy;
    };
    const cases: [Saved, RegExp][] = [
      [
        vectorize(wander, { numEnvs: 6, seed: 2 }).save(),
        /expected envs\.\S+ as \w+ \[\d+\], got \w+ \[\d+\]/,
      ],
      [
        vectorize(corridor, { numEnvs: 5, seed: 2 }).save(),
        /expected envs\.state\.x as Float64Array \[5\], got Float32Array \[5\]/,
      ],
      [tensors((all) => delete all['state.far']), /expected envs\.state\.far as Uint8Array \[5\], got none/],
      [
        tensors((all) => delete all.observations),
        /expected envs\.observations as Float32Array \[15\], got none/,
      ],
      [
        tensors((all) => Object.assign(all, { draws: { shape: [5], data: new Int32Array(5) } })),
        /envs\.draws/,
      ],
      [
        tensors((all) => Object.assign(all, { draws: { shape: [5], data: new Uint32Array(4) } })),
        /expected envs\.draws as Uint32Array \[5\], got 4 elements of shape \[5\]/,
      ],
      ...(['t', 'steps', 'episodes'] as const).flatMap((name) =>
        [-1, 0.5, Number.NaN, '3', null, undefined, 2 ** 53].map((value): [Saved, RegExp] => [
          { tensors: saved.tensors, values: { ...saved.values, [name]: value as Json } },
          new RegExp(`expected envs\\.${name} as a count, got`),
        ]),
      ),
    ];
    play(envs, 3);
    const before = envs.save();
    for (const [saved, message] of cases) {
      assert.throws(
        () => envs.load(saved),
        (error) => {
          assert.ok(error instanceof CheckpointError, `${error}`);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.deepEqual(envs.save(), before);
    }
  });
});

describe('SerialEnvs, when the env breaks its contract', () => {
  /** Shows its clock; does `mischief` when row `row` is at step `at`. */
  const naughty = (mischief: Partial<Pick<ColumnarEnv, 'reset' | 'step' | 'observe'>>) =>
    defineEnv({
      id: 'Naughty-v0',
      observation: box([-1, 0], [1, 1000], [2]),
      action: discrete(3),
      maxEpisodeSteps: 4,
      state: { clock: 'i32' },
      reset: () => {},
      step({ state: { clock }, rewards, terminations }, from, to) {
        for (let i = from; i < to; i++) {
          clock[i]++;
          rewards[i] = 1;
          terminations[i] = 0;
        }
      },
      observe({ state: { clock }, observations }, from, to) {
        for (let i = from; i < to; i++) {
          observations[2 * i] = 0;
          observations[2 * i + 1] = clock[i];
        }
      },
      ...mischief,
    });

  const run = (env: ColumnarEnv, numEnvs = 20, autoreset: Autoreset = 'NEXT_STEP') =>
    play(vectorize(env, { numEnvs, seed: 0, autoreset }), 20, () => 0);

  const throwsEnvError = (body: () => unknown, row: number | undefined, step: number, problem: RegExp) =>
    assert.throws(body, (error) => {
      assert.ok(error instanceof EnvError, `${error}`);
      assert.deepEqual([error.env, error.row, error.step], ['Naughty-v0', row, step]);
      const where =
        row === undefined
          ? `Naughty-v0, envs 0 to 19, step ${step}: `
          : `Naughty-v0, env ${row}, step ${step}: `;
      assert.ok(error.message.startsWith(where), error.message);
      assert.match(error.message, problem);
      return true;
    });

  it('is well-behaved otherwise', () => {
    for (const autoreset of modes) run(naughty({}), 20, autoreset);
  });

  it('says where reset threw, and keeps the cause', () => {
    const cause = new Error('no map for this level');
    const first = naughty({
      reset(_, i) {
        if (i === 3) throw cause;
      },
    });
    throwsEnvError(() => run(first), 3, 0, /no map for this level$/);
    assert.throws(
      () => run(first),
      (error) => (error as Error).cause === cause,
    );
    const later = naughty({
      reset({ state: { clock } }, i) {
        if (i === 5 && clock[i] > 0) throw cause;
      },
    });
    throwsEnvError(() => run(later), 5, 4, /no map/);
    throwsEnvError(() => run(later, 20, 'SAME_STEP'), 5, 3, /no map/);
  });

  it('says at which step step or observe threw', () => {
    const step = naughty({
      step({ state: { clock }, rewards, terminations }, from, to) {
        for (let i = from; i < to; i++) {
          if (++clock[i] === 3) throw new TypeError('x is not a function');
          rewards[i] = terminations[i] = 0;
        }
      },
    });
    throwsEnvError(() => run(step), undefined, 2, /x is not a function$/);
    const observe = naughty({
      observe({ state: { clock } }, from) {
        if (clock[from] === 2) throw 'a string';
      },
    });
    throwsEnvError(() => run(observe), undefined, 2, /a string$/);
    throwsEnvError(
      () =>
        run(
          naughty({
            observe() {
              throw new Error('dark');
            },
          }),
        ),
      undefined,
      0,
      /dark$/,
    );
  });

  it('finds every reward that is not finite', () => {
    const rewards = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39);
    fc.assert(
      fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 4 }), rewards, (numEnvs, pick, at, reward) => {
        const row = pick % numEnvs;
        const env = naughty({
          step({ state: { clock }, rewards, terminations }, from, to) {
            for (let i = from; i < to; i++) {
              rewards[i] = ++clock[i] === at && i === row ? reward : 1;
              terminations[i] = 0;
            }
          },
        });
        throwsEnvError(
          () => run(env, numEnvs),
          row,
          at - 1,
          /: reward: expected a finite number, got (NaN|-?Infinity)$/,
        );
      }),
    );
  });

  it('finds every observation outside its space, and names the element', () => {
    const values = fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -1.5,
      1001,
    );
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.nat(3),
        fc.nat(1),
        values,
        autoresets,
        (numEnvs, pick, at, element, value, autoreset) => {
          const row = pick % numEnvs;
          const env = naughty({
            observe({ state: { clock }, observations }, from, to) {
              for (let i = from; i < to; i++) {
                observations[2 * i] = 0;
                observations[2 * i + 1] = clock[i];
                if (clock[i] === at && i === row) observations[2 * i + element] = value;
              }
            },
          });
          const bounds = element ? '\\[0, 1000\\]' : '\\[-1, 1\\]';
          const problem = new RegExp(
            `: observation\\[${element}\\]: expected a finite number in ${bounds}, got ${value}$`,
          );
          throwsEnvError(() => run(env, numEnvs, autoreset), row, at, problem);
        },
      ),
    );
  });

  it('checks the last observations that SAME_STEP keeps', () => {
    const env = naughty({
      observe({ state: { clock }, observations }, from, to) {
        for (let i = from; i < to; i++) {
          observations[2 * i] = 0;
          observations[2 * i + 1] = clock[i] % 4 === 0 && clock[i] > 0 && i === 2 ? Number.NaN : clock[i];
        }
      },
      reset({ state: { clock } }, i) {
        clock[i] = 0;
      },
    });
    const problem = /: observation\[1\]: expected a finite number in \[0, 1000\], got NaN$/;
    throwsEnvError(() => run(env, 5, 'NEXT_STEP'), 2, 4, problem);
    throwsEnvError(() => run(env, 5, 'SAME_STEP'), 2, 4, problem);
  });

  it('takes the bounds themselves, as float32', () => {
    const [low, high] = [-0.1, 0.1];
    const edge = defineEnv({
      ...naughty({}),
      observation: box(low, high, [1]),
      observe({ observations }, from, to) {
        for (let i = from; i < to; i++) observations[i] = i % 2 ? low : high;
      },
    });
    run(edge);
  });
});

describe('SerialEnvs, told nonsense', () => {
  const decide = (envs: SerialEnvs, t: number, actions: ArrayLike<number>) =>
    envs.step({ ...envs.observe(), kind: 'decision', t, actions: Int32Array.from(actions) } as Decision);

  it('refuses an action outside the space, and nothing has changed', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.nat(),
        fc.constantFrom(-1, 3, 2 ** 31 - 1, -(2 ** 31)),
        (numEnvs, pick, action) => {
          const envs = vectorize(wander, { numEnvs, seed: 1 });
          play(envs, 2);
          const before = envs.save();
          const row = pick % numEnvs;
          assert.throws(
            () =>
              decide(
                envs,
                2,
                Array.from({ length: numEnvs }, (_, i) => (i === row ? action : 2)),
              ),
            {
              name: 'EnvError',
              message: `Wander-v0, env ${row}, step 2: action: expected an integer in [0, 3), got ${action}`,
            },
          );
          assert.deepEqual(envs.save(), before);
        },
      ),
    );
  });

  it('refuses too few actions, or too many', () => {
    const envs = vectorize(wander, { numEnvs: 3, seed: 1 });
    for (const actions of [[], [1, 1], [1, 1, 1, 1]]) {
      assert.throws(() => decide(envs, 0, actions), {
        name: 'RangeError',
        message: `stepEnv: expected 3 actions, got ${actions.length}`,
      });
    }
  });

  it('refuses a decision for another step, and nothing has changed', () => {
    const envs = vectorize(wander, { numEnvs: 3, seed: 1 });
    play(envs, 5);
    const before = envs.save();
    for (const t of [4, 6, 0, Number.NaN]) {
      assert.throws(
        () => decide(envs, t, [0, 0, 0]),
        (error) => {
          assert.ok(error instanceof StaleActionError);
          assert.match(error.message, /expected actions for step 5, got actions for step/);
          return true;
        },
      );
    }
    assert.deepEqual(envs.save(), before);
  });
});
