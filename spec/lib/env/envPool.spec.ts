import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  firstValueFrom,
  lastValueFrom,
  map,
  type OperatorFunction,
  pipe,
  take,
  takeWhile,
  tap,
  toArray,
} from 'rxjs';
import { breakout } from '../../../envs/breakout.ts';
import { cartPole } from '../../../envs/cartPole.ts';
import { mine } from '../../../envs/mine.ts';
import type { AnyEnv } from '../../../lib/env/env.ts';
import { openPool, type PoolOptions } from '../../../lib/env/envPool.ts';
import type { VectorEnvs } from '../../../lib/env/vectorEnvs.ts';
import { vectorize } from '../../../lib/env/vectorize.ts';
import { EnvError, WorkerError } from '../../../lib/errors.ts';
import type { Ready, Reply } from '../../../lib/poolRecords.ts';
import { extend } from '../../../lib/records.ts';
import { recv, resource, send, snapshot } from '../../../operators/index.ts';
import { breaking, endless, leaving, uneven } from '../../fixtures/uneven.ts';

/** Takes an allowed action, by the world and its step. */
function choose(ready: Ready): Reply {
  const { worlds, steps, actionMasks } = ready;
  const actions = Int32Array.from(worlds, (world, row) =>
    chosen(world, steps[row], actionMasks?.subarray(3 * row)),
  );
  const none = new Float32Array(worlds.length);
  return extend(ready, { kind: 'reply' as const, actions, logProbs: none, values: none });
}

function chosen(world: number, step: number, mask?: ArrayLike<number>): number {
  const wish = (7 * world + 3 * step) % (mask ? 3 : 2);
  return mask && !mask[wish] ? 1 : wish;
}

function play(env: AnyEnv, options: PoolOptions, more: OperatorFunction<Reply, Reply>) {
  return resource(
    () => openPool(env, options),
    (pool) => pool.close(),
    (pool) => recv(pool).pipe(map(choose), send(pool), snapshot(), more),
  );
}

/** What a row of a batch shows, and what came of the step before. */
function rowOf(batch: Omit<Ready, 'kind'>, row: number) {
  const { worlds, observations, actionMasks, rewards, terminations, truncations, masks, finalObservations } =
    batch;
  const cut = (column?: ArrayLike<number>) => {
    const width = (column?.length ?? 0) / worlds.length;
    return Array.from(column ?? []).slice(row * width, (row + 1) * width);
  };
  const ended = terminations[row] + truncations[row] > 0;
  return [
    ...[observations, actionMasks, rewards, terminations, truncations, masks].map(cut),
    ended ? cut(finalObservations) : [],
  ];
}

/** The same of a world by itself, after `steps` steps. */
function story(envs: VectorEnvs, row: number, world: number, steps: number) {
  const [group] = envs.groups;
  return Array.from({ length: steps }, (_, t) => {
    if (t > 0) {
      for (let i = 0; i < envs.numEnvs; i++) {
        const mask = group.actionMasks?.subarray(3 * i);
        group.actions[i] = chosen(i === row ? world : i, t - 1, mask);
      }
      envs.advance();
    }
    const { observations, actionMasks, rewards, terminations, truncations, masks, finalObservations } = group;
    const worlds = new Int32Array(envs.numEnvs);
    const shown = {
      worlds,
      observations,
      actionMasks,
      rewards,
      terminations,
      truncations,
      finalObservations,
    };
    return rowOf(
      { ...shown, masks: t > 0 ? masks : new Float32Array(worlds.length), steps: new Float64Array(0) },
      row,
    );
  });
}

const sizes = fc
  .record({
    numEnvs: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(1000),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .chain(({ numEnvs, seed, share }) =>
    fc.record({
      numEnvs: fc.constant(numEnvs),
      seed: fc.constant(seed),
      batchSize: fc.constant(Math.max(1, Math.round(share * numEnvs))),
      workers: fc.integer({ min: 1, max: Math.min(3, numEnvs) }),
      autoreset: fc.constantFrom('NEXT_STEP' as const, 'SAME_STEP' as const),
    }),
  );

describe('openPool', function () {
  this.timeout(60_000);

  it('shows of each world what it shows by itself, and sends every row on exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(uneven, cartPole), sizes, async (env, options) => {
        const batches = await lastValueFrom(play(env, options, take(40)).pipe(toArray()));
        const seen = Array.from({ length: options.numEnvs }, (): unknown[] => []);
        for (const batch of batches) {
          assert.equal(batch.worlds.length, options.batchSize);
          for (const [row, world] of batch.worlds.entries()) {
            assert.equal(batch.steps[row], seen[world].length, `world ${world}`);
            seen[world].push(rowOf(batch, row));
          }
        }
        assert.equal(seen.flat().length, 40 * options.batchSize);
        for (const [world, rows] of seen.entries()) {
          const { autoreset, seed } = options;
          const alone = vectorize(env, { autoreset, numEnvs: 1, seed: seed + world });
          assert.deepEqual(rows, story(alone, 0, world, rows.length), `world ${world}`);
        }
      }),
      { numRuns: 5 },
    );
  });

  it('is the synchronous vector, if a batch is all worlds and they live on one thread', async () => {
    const options = { numEnvs: 5, seed: 3, autoreset: 'NEXT_STEP' } as const;
    const batches = await lastValueFrom(play(uneven, { ...options, batchSize: 5 }, take(50)).pipe(toArray()));
    for (let world = 0; world < 5; world++) {
      const rows = batches.map((batch) => rowOf(batch, world));
      assert.deepEqual(rows, story(vectorize(uneven, options), world, world, 50));
    }
    assert.deepEqual(
      batches.map(({ worlds }) => [...worlds]),
      Array(50).fill([0, 1, 2, 3, 4]),
    );
  });

  const all = { numEnvs: 16, batchSize: 2, workers: 2, seed: 0 };

  it('ends with the world and the step where an env throws', async () => {
    await assert.rejects(lastValueFrom(play(breaking, all, tap())), (error) => {
      assert.ok(error instanceof EnvError, String(error));
      assert.equal(error.message, 'Breaking-v0, env 12, step 1: the road is closed');
      assert.match(error.stack ?? '', /uneven\.ts/);
      return true;
    });
  });

  it('ends when a thread exits, and when a step takes too long, also while other worlds go on', async () => {
    await assert.rejects(lastValueFrom(play(leaving, all, tap())), (error) => {
      assert.ok(error instanceof WorkerError, `${(error as Error).stack}`);
      assert.match(error.message, /Leaving-v0, env 12, step 1: worker 0: the thread has exited/);
      return true;
    });
    await assert.rejects(lastValueFrom(play(endless, { ...all, stepTimeout: 400 }, tap())), (error) => {
      assert.ok(error instanceof WorkerError);
      assert.match(error.message, /Endless-v0, env 12, step 1: worker 0: no progress for 0.4 s/);
      return true;
    });
  });

  it('gives a batch once: again only if it was not answered, and takes no other answer', async () => {
    const pool = await openPool(uneven, { numEnvs: 6, batchSize: 3, seed: 1 });
    try {
      const first = await firstValueFrom(recv(pool).pipe(snapshot()));
      const again = await firstValueFrom(recv(pool).pipe(snapshot()));
      assert.deepEqual(again, first);
      const reply = choose(first);
      assert.throws(() => pool.send(extend(reply, { worlds: Int32Array.of(1, 2, 3) })), /received last/);
      assert.throws(
        () => pool.send(extend(reply, { actions: Int32Array.of(1) })),
        /expected 3 numbers .* got 1/,
      );
      pool.send(reply);
      assert.throws(() => pool.send(reply), /received last, and one only/);
    } finally {
      pool.close();
    }
    assert.throws(() => pool.receive(), /Uneven-v0: the pool has been closed/);
  });

  it('serves the event loop while nothing is ready, and while something always is', async () => {
    for (const env of [uneven, cartPole]) {
      let turns = 0;
      let timer: ReturnType<typeof setInterval> | undefined;
      const count = tap<Reply>(() => {
        timer ??= setInterval(() => turns++, 1);
      });
      const played = play(
        env,
        { numEnvs: 4, batchSize: 1, seed: 1 },
        pipe(
          count,
          takeWhile(() => turns < 10),
        ),
      );
      await lastValueFrom(played).finally(() => clearInterval(timer));
    }
  });

  it('refuses what it cannot do', async () => {
    const refuses = (env: AnyEnv, options: Partial<PoolOptions>, message: RegExp) =>
      assert.rejects(openPool(env, { numEnvs: 4, batchSize: 2, seed: 1, ...options }), message);
    await refuses(mine, {}, /openPool Mine-v0: expected one agent in each world, got 3; vectorize it/);
    await refuses(breakout, { batchSize: 5 }, /openPool: expected batchSize in \[1, 4\], .* got 5/);
    await refuses(breakout, { workers: 0 }, /workers: .* got 0/);
    await refuses({ ...breakout, module: undefined }, {}, /does not say where threads find it/);
    await refuses(breakout, { seed: -1 }, /seed/);
  });
});
