import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { Arena } from '../../../../lib/arena.ts';
import { configure, type PartialConfig } from '../../../../lib/config.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import { networkOf } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { sacOptions } from '../../../../lib/engine/wasm/sac/sacOptions.ts';
import { WasmAgent } from '../../../../lib/engine/wasm/wasmAgent.ts';
import { WasmPoolAgent } from '../../../../lib/engine/wasm/wasmPoolAgent.ts';
import { networkSchema } from '../../../../lib/network.ts';
import type { Ready } from '../../../../lib/poolRecords.ts';
import { box } from '../../../../lib/space/box.ts';
import { layout } from '../../../../lib/space/layout.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { openRun } from '../../../../pipelines/openRun.ts';
import { ppo } from '../../../../pipelines/ppo.ts';
import { swing } from '../../../pipelines/worlds.ts';
import { noise } from './reference.ts';

const observation = box(-1, 1, [3]);
const action = box(-1, 1, [2]);
const gsde = (changes: PartialConfig<typeof networkSchema>) =>
  configure(networkSchema, { exploration: 'gsde', ...changes });

/** An agent that sees the same in all rows; `act` gives each row's action. */
function open(rows: number, seed: number, changes: PartialConfig<typeof networkSchema>, greedy = false) {
  const arena = new Arena(8e6);
  const network = new ActorCritic(networkOf({ observation, action }, gsde(changes)), arena).initialize(1);
  const agent = new WasmAgent(network, rows, seed, { greedy });
  const { observations } = arena.take({ observations: ['f32', 3 * rows] });
  const infer = (t: number) => immediate(agent.infer({ kind: 'observation', t, observations }));
  const act = (t: number, seen: readonly number[]) => {
    for (let r = 0; r < rows; r++) observations.set(seen, 3 * r);
    const { actions } = infer(t);
    return Array.from({ length: rows }, (_, r) => [...actions.subarray(2 * r, 2 * r + 2)]);
  };
  return { network, observations, infer, act };
}

const seeds = fc.nat(2 ** 31);
const seen = [0.3, -0.8, 0.5];

describe('SdeHead', () => {
  it('does in a state what it did there, until its weights are drawn anew; each row has its own', () => {
    const times = fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 33, max: 2 ** 49 }));
    fc.assert(
      fc.property(seeds, times, fc.integer({ min: 1, max: 9 }), (seed, period, sdeSampleFreq) => {
        const { act } = open(5, seed, { hidden: [8], sdeSampleFreq });
        const first = period * sdeSampleFreq;
        const drawn = act(first, seen);
        act(first + 1, [1, 1, 1]);
        assert.deepEqual(act(first + sdeSampleFreq - 1, seen), drawn);
        const later = act(first + sdeSampleFreq, seen);
        const all = [...drawn, ...later].flat();
        assert.equal(new Set(all).size, all.length);
      }),
      { numRuns: 30 },
    );
  });

  it('adds what is linear in the features, with weights of deviation σ', () => {
    const rows = 4000;
    const changes = { hidden: [], initialLogStd: -0.7, sdeSampleFreq: 1 };
    const [mean] = open(1, 3, changes, true).act(0, seen);
    const { act } = open(rows, 3, changes);
    const noises = (scale: number) =>
      act(
        6,
        seen.map((x) => scale * x),
      ).map((own) => own.map((a, k) => a - scale * mean[k]));
    const [once, twice] = [noises(1), noises(2)];
    const variance = seen.reduce((sum, x) => sum + x * x, 0) * Math.exp(-1.4);
    for (const k of [0, 1]) {
      for (let r = 0; r < rows; r++) assert.ok(Math.abs(twice[r][k] - 2 * once[r][k]) < 1e-5);
      const sum = once.reduce((all, own) => all + own[k], 0);
      const squares = once.reduce((all, own) => all + own[k] ** 2, 0);
      // Five deviations of either.
      assert.ok(Math.abs(sum / Math.sqrt(rows * variance)) < 5);
      assert.ok(Math.abs(squares / variance - rows) < 5 * Math.sqrt(2 * rows));
    }
  });

  it('tells a world of a pool what it tells the row of its number, at its step', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
        fc.array(fc.oneof(fc.nat(9), fc.constant(2 ** 35 + 5)), { minLength: 7, maxLength: 7 }),
        seeds,
        fc.boolean(),
        (worlds, steps, seed, greedy) => {
          const { network, observations, infer } = open(7, seed, { hidden: [5] }, greedy);
          observations.set(observations.map(noise(seed)));
          const pool = new WasmPoolAgent(network, layout(observation), worlds.length, seed, greedy);
          const reply = pool.infer({
            kind: 'ready',
            worlds: Int32Array.from(worlds),
            steps: Float64Array.from(worlds, (world) => steps[world]),
            observations: Float32Array.from(
              worlds.flatMap((world) => [...observations.subarray(3 * world, 3 * world + 3)]),
            ),
          } as Ready);
          for (const [row, world] of worlds.entries()) {
            const own = infer(steps[world]);
            assert.deepEqual(
              reply.actions.slice(2 * row, 2 * row + 2),
              own.actions.slice(2 * world, 2 * world + 2),
            );
            assert.equal(reply.logProbs[row], own.logProbs[world]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('learns from the probabilities that it has acted by: the first ratios are 1, bit for bit', () =>
    fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom(1, 3, 130), async (seed, numEnvs) => {
        const once = { numSteps: 8, numMinibatches: 1, updateEpochs: 1 };
        const run = await openRun(swing, ppo, { ...once, seed, numEnvs, network: gsde({ hidden: [9] }) });
        const { losses } = await firstValueFrom(run.metrics);
        run.close();
        assert.deepEqual([losses.approxKl, losses.oldApproxKl, losses.clipFraction], [0, 0, 0]);
      }),
      { numRuns: 6 },
    ));

  it('is refused where deviations come from elsewhere', () => {
    const spaces = { observation, action };
    assert.throws(() => networkOf(spaces, gsde({ stateDependentStd: true })), /got both/);
    assert.throws(() => sacOptions(observation, action, gsde({})), /exploration 'gsde' does not apply/);
  });
});
