import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lastValueFrom, take } from 'rxjs';
import { Arena } from '../../lib/arena.ts';
import { configure } from '../../lib/config.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { WasmAgent } from '../../lib/engine/wasm/wasmAgent.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import type { Autoreset } from '../../lib/env/vectorOptions.ts';
import { networkSchema } from '../../lib/network.ts';
import type { Estimate } from '../../lib/records.ts';
import { RolloutRing } from '../../lib/rolloutRing.ts';
import { bootstrap, collect, gae, infer, observe, snapshot, stepEnv } from '../../operators/index.ts';
import { wander } from '../fakes/envs.ts';

interface Row {
  readonly reward: number;
  readonly value: number;
  readonly advantage: number;
  readonly ended: boolean;
}

/** The real transitions of one world under a greedy agent. */
async function play(autoreset: Autoreset, seed: number, numSteps: number): Promise<Row[]> {
  const arena = new Arena(2 ** 20, { deterministic: true });
  const envs = vectorize(wander, { numEnvs: 1, seed, autoreset }, arena);
  const network = new ActorCritic(
    { inputs: 3, choices: [3], network: configure(networkSchema, { hidden: [8] }) },
    arena,
  );
  const agent = new WasmAgent(network.initialize(seed), 1, seed, { greedy: true });
  const finalObservations = autoreset === 'SAME_STEP';
  const ring = new RolloutRing({ numSteps, rows: 1, observationSize: 3, finalObservations }, arena);
  const graph = observe(envs).pipe(infer(agent), stepEnv(envs), collect(ring), bootstrap(agent));
  const discounts = { gamma: 0.9, gaeLambda: 0.8 };
  const estimate: Estimate = await lastValueFrom(graph.pipe(gae(discounts), snapshot(), take(1)));
  const { rewards, values, advantages, terminations, truncations, masks } = estimate;
  return Array.from(rewards, (reward, t) => ({
    reward,
    value: values[t],
    advantage: advantages[t],
    ended: terminations[t] + truncations[t] > 0,
  })).filter((_, t) => masks[t] === 1);
}

describe('law: autoreset', () => {
  it('makes no difference to what is learned: NEXT_STEP and SAME_STEP estimate the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), async (seed) => {
        const [next, same] = await Promise.all([play('NEXT_STEP', seed, 100), play('SAME_STEP', seed, 100)]);
        // Of the last episode, one has seen more than the other.
        const length = next.findLastIndex(({ ended }) => ended) + 1;
        assert.ok(length > 50);
        assert.ok(next.slice(0, length).filter(({ ended }) => ended).length > 5);
        for (let t = 0; t < length; t++) {
          assert.equal(next[t].reward, same[t].reward);
          assert.equal(next[t].value, same[t].value);
          assert.ok(Math.abs(next[t].advantage - same[t].advantage) < 1e-5, `advantage ${t}`);
        }
      }),
      { numRuns: 30 },
    );
  });
});
