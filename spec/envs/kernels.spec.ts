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
  const { agents = 1 } = env;
  const rows = n * agents;
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
    for (const [name, value] of Object.entries<number>(env.params ?? {})) context.params[name].fill(value);
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
      for (const { context } of worlds) context.actions.fill(0);
      for (let i = from * agents; i < to * agents; i++) {
        const action = below(env.action.n);
        for (const { context } of worlds) context.actions[i] = action;
      }
      env.step(own.context, from, to);
      kernel.step(other.context, from, to);
      env.observe(own.context, from, to);
      kernel.observe(other.context, from, to);
    },
    /** Where given worlds, or agents of many, are at their end; or all worlds. */
    reset(all = false) {
      if (agents > 1) {
        if (all) for (const { context } of worlds) for (let i = 0; i < n; i++) env.reset(context, i);
        for (const { context } of worlds) {
          context.spawned.set(context.terminations);
          for (let row = 0; row < rows; row++) if (context.spawned[row]) env.spawn?.(context, row);
        }
        return;
      }
      const ended = [...own.context.terminations.keys()].filter((i) => all || own.context.terminations[i]);
      for (const i of ended) env.reset(own.context, i);
      const first = below((ended[0] ?? 0) + 1);
      const list = (other.columns.finished as Int32Array).subarray(below(n - ended.length + 1));
      list.set(ended.map((i) => i - first));
      if (kernel.reset) kernel.reset(other.context, first, list, ended.length);
      else for (const i of ended) env.reset(other.context, i);
    },
    compare(when: string) {
      for (const [name, column] of Object.entries(own.columns))
        if (name !== 'finished') assert.deepEqual(other.columns[name], column, `${name}, ${when}`);
    },
  };
}

const plays = fc.record({
  size: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70 })),
  seed: fc.integer({ min: 0 }),
  // A column, an element and a number to be written there in between, where those are no places in a shared world.
  faults: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(0.785, -0.8, 1, 40, -40, 1e9, Number.NaN)), {
    maxLength: 2,
  }),
});

describe('the kernels of envs', () => {
  it('are there', () => assert.ok(columnar.length > 0));

  for (const env of columnar) {
    const { agents = 1 } = env;

    it(`${env.id}: do the same to the worlds they are given, and nothing to others`, () => {
      fc.assert(
        fc.property(plays, ({ size, seed, faults }) => {
          const n = agents === 1 ? size : 1 + (size % 3);
          const { contexts, below, step, reset, compare } = open(env, n, seed);
          reset(true);
          for (let t = 0; t < 40; t++) {
            for (const [column, element, value] of t === 20 && agents === 1 ? faults : []) {
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
        // Each looks at many agents there.
        { numRuns: agents === 1 ? 100 : 25 },
      );
    });

    it(`${env.id}: have the same bits over a million steps`, () => {
      const n = Math.ceil(1001 / agents);
      const { step, reset, compare } = open(env, n, 1);
      reset(true);
      for (let t = 1; t <= 1000; t++) {
        step(0, n);
        reset();
        if (t % 50 === 0) compare(`step ${t}`);
      }
    });

    for (const autoreset of ['NEXT_STEP', 'SAME_STEP'] as const) {
      it(`${env.id}: make no difference to a vector, ${autoreset}`, () => {
        const options = { numEnvs: Math.ceil(300 / agents), seed: 3, autoreset };
        // Cut off before the step in which Breakout loses and fires a ball: that must draw nothing then.
        const cut = { ...env, maxEpisodeSteps: 19 };
        const vectors = [cut, { ...cut, kernel: undefined }].map((form) => vectorize(form, options));
        const { below } = random(3);
        for (let t = 0; t < 200; t++) {
          for (let i = 0; i < vectors[0].rows; i++) {
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
