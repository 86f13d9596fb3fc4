import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole, memory, mine, snake, taxi } from '../../../envs/index.ts';
import type { AnyEnv } from '../../../lib/env/env.ts';
import type { RowGroup, VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import type { VectorOptions } from '../../../lib/env/vectorOptions.ts';
import type { Json } from '../../../lib/nouns.ts';
import { Random } from '../../../lib/random.ts';
import { herd, rover, wander } from '../../fixtures/worlds.ts';
import { cameOf, choose } from './act.ts';

interface Play {
  readonly env: AnyEnv;
  readonly options: VectorOptions;
  readonly steps: number;
  readonly policy: number;
}

/** Columnar ones, one of them masked; structured ones with nested spaces, masks, several agents and kinds. */
const envs: readonly AnyEnv[] = [cartPole, wander, memory, rover, herd, mine, taxi];
/** Fewer worlds than workers, numbers that cannot be divided, and more than one block. */
const sizes = fc.constantFrom(
  { numEnvs: 1, steps: 25 },
  { numEnvs: 7, steps: 25 },
  { numEnvs: 300, steps: 8 },
);
const worlds = fc.oneof(
  fc.record({ env: fc.constantFrom(...envs), size: sizes }),
  fc.constant({ env: snake, size: { numEnvs: 3, steps: 25 } }),
);
const plays = fc
  .tuple(worlds, fc.nat(), fc.nat(), fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const))
  .map(([{ env, size }, seed, policy, autoreset]): Play => {
    return { env, steps: size.steps, policy, options: { numEnvs: size.numEnvs, seed, autoreset } };
  });
const workers = fc.integer({ min: 1, max: 4 });

/** The last observations of the rows whose episodes have just ended; others keep what they will. */
function finalsOf({ finalObservations: column, rows, terminations, truncations }: RowGroup): unknown {
  if (!column) return undefined;
  const width = column.length / rows;
  const ended = Array.from({ length: rows }, (_, row) => row).filter(
    (row) => terminations[row] || truncations[row],
  );
  return ended.map((row) => column.slice(row * width, (row + 1) * width));
}

/** Lets vectors do the same; after every step all columns must be the same. */
async function together(vectors: readonly VectorEnvs[], { steps, policy }: Play): Promise<void> {
  const random = vectors.map(() => new Random(policy));
  for (let t = 0; t < steps; t++) {
    for (const [v, vector] of vectors.entries()) {
      choose(vector, random[v]);
      await vector.advance();
    }
    const [first, ...others] = vectors.map((vector) => {
      return [vector.t, vector.scores, cameOf(vector), vector.groups.map(finalsOf)];
    });
    for (const other of others) assert.deepEqual(other, first);
  }
}

/** The vector of one thread, and those of these numbers of workers. */
async function withThreads(
  { env, options }: Play,
  counts: readonly number[],
  use: (vectors: readonly VectorEnvs[]) => Promise<void>,
): Promise<void> {
  const vectors: VectorEnvs[] = [vectorize(env, options)];
  try {
    for (const workers of counts) vectors.push(await vectorize(env, { ...options, workers }));
    await use(vectors);
  } finally {
    for (const vector of vectors) vector.close();
  }
}

describe('vectorize on threads', function () {
  this.timeout(60_000);

  it('is the vector of one thread, bit for bit, after every step', () =>
    fc.assert(
      fc.asyncProperty(plays, workers, (play, count) =>
        withThreads(play, [count], async ([serial, threaded]) => {
          assert.deepEqual(threaded.observe(), serial.observe());
          await together([serial, threaded], play);
          assert.deepEqual(threaded.save(), serial.save());
        }),
      ),
      { numRuns: 10 },
    ));

  it('is saved and loaded with any numbers of workers, and forks worlds of one thread into those of others', () =>
    fc.assert(
      fc.asyncProperty(plays, workers, workers, fc.nat(), (play, before, after, draw) =>
        withThreads(play, [before, after], async ([serial, saved, loaded]) => {
          await together([serial, saved], play);
          const state = saved.save();
          loaded.load(state);
          assert.deepEqual(loaded.save(), state);
          const { numEnvs } = play.options;
          const [from, ...to] = [0, 1, 2, 3].map((k) => (draw + k * (1 + (numEnvs >> 2))) % numEnvs);
          for (const vector of [serial, saved, loaded]) vector.fork(from, to);
          await together([serial, saved, loaded], play);
          assert.deepEqual(loaded.save(), serial.save());
        }),
      ),
      { numRuns: 5 },
    ));

  it('draws the worlds of other threads', () =>
    withThreads(
      { env: rover, options: { numEnvs: 3, seed: 5 }, steps: 0, policy: 0 },
      [3],
      async (vectors) => {
        const [own, threaded] = vectors.map((vector) => [0, 1, 2].map((world) => vector.render(world)));
        assert.ok(own[0]);
        assert.deepEqual(threaded, own);
      },
    ));

  it('takes on no state if one does not fit, and reports the first that does not, whoever has the world', async () => {
    const play: Play = { env: herd, options: { numEnvs: 5, seed: 1 }, steps: 3, policy: 1 };
    await withThreads(play, [2, 3], async (vectors) => {
      await together(vectors, play);
      const states = vectors.map((vector) => vector.save());
      await together(vectors, play);
      const messages = vectors.map((vector, v) => {
        const state = states[v];
        const worlds = (state.values.worlds as readonly Json[]).map((world, i) => (i > 1 ? null : world));
        const before = vector.save();
        let message = '';
        try {
          vector.load({ ...state, values: { ...state.values, worlds } });
        } catch (error) {
          message = `${(error as Error).name}: ${(error as Error).message}`;
        }
        assert.deepEqual(vector.save(), before, 'a state was refused, but something has changed');
        return message;
      });
      assert.match(messages[0], /^CheckpointError: checkpoint: envs: Herd-v0, env 2, step 6: /);
      assert.deepEqual(messages, new Array(3).fill(messages[0]));
    });
  });
});
