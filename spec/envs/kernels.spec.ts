import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as builtIn from '../../envs/index.ts';
import { Arena, bytesOf, type Column } from '../../lib/arena.ts';
import type { AnyEnv, ColumnarEnv, EnvContext } from '../../lib/env/env.ts';
import { paramColumns, stateColumns, workColumns } from '../../lib/env/envColumns.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { unprefixed } from '../../lib/restore.ts';
import { purposes, RowRandom } from '../../lib/rng.ts';
import { random } from '../kernels/random.ts';

const columnar = Object.values(builtIn).filter((env): env is ColumnarEnv => {
  const { kind, kernel } = env as AnyEnv & { kind?: string; kernel?: unknown };
  return kind === undefined && typeof kernel === 'function';
});

/** An env and its kernel, each over columns of its own, with the same streams. */
function open(env: ColumnarEnv, n: number, seed: number) {
  const specs = { ...stateColumns(env, n), ...paramColumns(env, n), ...workColumns(env, n) };
  const worlds = [0, 1].map(() => {
    const arena = new Arena(bytesOf(specs));
    const columns = arena.take(specs) as Record<string, Column>;
    const { draws, streams } = columns as Record<string, Uint32Array>;
    // Some of them about to begin a block, some about to wrap.
    streams.set(streams.map((_, i) => (i * 7) % 5));
    draws.set(draws.map((_, i) => (i % 3 === 0 ? i : 2 ** 32 - i)));
    const context = {
      ...(columns as unknown as EnvContext),
      state: unprefixed('state.', columns),
      params: unprefixed('params.', columns),
      rng: new RowRandom(seed, purposes.env, draws, streams),
      observations: columns.observations0,
    } as EnvContext;
    return { arena, columns, context };
  });
  const [own, other] = worlds;
  const { below } = random(seed);
  const kernel = env.kernel?.(other.arena.memory);
  if (!kernel) throw new Error(`${env.id} has no kernel`);
  return {
    contexts: worlds.map(({ context }) => context),
    below,
    step(from: number, to: number) {
      for (let i = 0; i < n; i++) for (const { context } of worlds) context.actions[i] = 0;
      for (let i = from; i < to; i++) {
        const action = below(env.action.n);
        for (const { context } of worlds) context.actions[i] = action;
      }
      env.step(own.context, from, to);
      kernel.step(other.context, from, to);
      env.observe(own.context, from, to);
      kernel.observe(other.context, from, to);
    },
    /** Where given worlds are at their end, or all. */
    reset(all = false) {
      const worlds = [...own.context.terminations.keys()].filter((i) => all || own.context.terminations[i]);
      for (const i of worlds) env.reset(own.context, i);
      const first = below((worlds[0] ?? 0) + 1);
      const list = (other.columns.finished as Int32Array).subarray(below(n - worlds.length + 1));
      list.set(worlds.map((i) => i - first));
      if (kernel.reset) kernel.reset(other.context, first, list, worlds.length);
      else for (const i of worlds) env.reset(other.context, i);
    },
    compare(when: string) {
      for (const [name, column] of Object.entries(own.columns))
        if (name !== 'finished') assert.deepEqual(other.columns[name], column, `${name}, ${when}`);
    },
  };
}

const plays = fc.record({
  n: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70 })),
  seed: fc.integer({ min: 0 }),
  // A column, an element and a number to be written there in between.
  faults: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(0.785, -0.8, 1, 40, -40, 1e9, Number.NaN)), {
    maxLength: 2,
  }),
});

describe('the kernels of envs', () => {
  it('are there', () => assert.ok(columnar.length > 0));

  for (const env of columnar) {
    it(`${env.id}: do the same to the worlds they are given, and nothing to others`, () => {
      fc.assert(
        fc.property(plays, ({ n, seed, faults }) => {
          const { contexts, below, step, reset, compare } = open(env, n, seed);
          reset(true);
          for (let t = 0; t < 40; t++) {
            for (const [column, element, value] of t === 20 ? faults : []) {
              for (const { state } of contexts) {
                const columns = Object.values(state);
                const { length } = columns[column % columns.length];
                columns[column % columns.length][element % length] = value;
              }
            }
            const [a, b] = [below(n + 1), below(n + 1)];
            step(Math.min(a, b), Math.max(a, b));
            compare(`step ${t}`);
            reset();
            compare(`reset after step ${t}`);
          }
        }),
      );
    });

    it(`${env.id}: have the same bits over a million steps`, () => {
      const { step, reset, compare } = open(env, 1001, 1);
      reset(true);
      for (let t = 1; t <= 1000; t++) {
        step(0, 1001);
        reset();
        if (t % 50 === 0) compare(`step ${t}`);
      }
    });

    for (const autoreset of ['NEXT_STEP', 'SAME_STEP'] as const) {
      it(`${env.id}: make no difference to a vector, ${autoreset}`, () => {
        const options = { numEnvs: 300, seed: 3, autoreset };
        const vectors = [env, { ...env, kernel: undefined }].map((form) => vectorize(form, options));
        const { below } = random(3);
        for (let t = 0; t < 200; t++) {
          for (let i = 0; i < 300; i++) {
            const action = below(env.action.n);
            for (const { actions } of vectors) actions[i] = action;
          }
          for (const envs of vectors) envs.advance();
          const [fast, plain] = vectors;
          for (const name of [
            'observations',
            'rewards',
            'terminations',
            'masks',
            'finalObservations',
          ] as const)
            assert.deepEqual(fast[name], plain[name], `${name}, step ${t}`);
        }
        assert.deepEqual(vectors[0].save(), vectors[1].save());
      });
    }
  }
});
