import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { WasmAgent } from '../../../../lib/engine/wasm/wasmAgent.ts';
import { CheckpointError } from '../../../../lib/errors.ts';
import type { Saved } from '../../../../lib/nouns.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { noise, plain, runs } from './reference.ts';

const kinds = fc.constantFrom('lstm' as const, 'gru' as const, 'minGru' as const);
const rowCounts = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(128, 131));

function open(kind: 'lstm' | 'gru' | 'minGru', rows: number) {
  const network = { ...plain, hidden: [6], shared: true, memory: { kind, units: 6, layers: 1 } };
  const options: ActorCriticOptions = { inputs: 3, choices: [4], network };
  const arena = new Arena(6e6);
  const agent = new WasmAgent(new ActorCritic(options, arena).initialize(1), rows, 1);
  const { observations, carried } = arena.take({ observations: ['f32', 3 * rows], carried: ['f32', rows] });
  /** Decides step t on random observations; rows for which `goesOn` is false begin an episode. */
  const step = (t: number, seed: number, goesOn = (_row: number) => true) => {
    observations.set(Float32Array.from(observations, noise(seed)));
    for (let row = 0; row < rows; row++) carried[row] = +goesOn(row);
    const { actions, logProbs, values } = immediate(
      agent.infer({ kind: 'observation', t, observations, carried }),
    );
    return Array.from(values, (value, row) => [actions[row], logProbs[row], value]);
  };
  return { agent, step, observations, arena };
}

describe('WasmAgent with a memory', () => {
  it('decides in an episode by that alone, whatever was before it, and by all of it', () => {
    fc.assert(
      fc.property(kinds, rowCounts, fc.nat(1e6), fc.nat(5), (kind, rows, seed, length) => {
        const [one, other] = [open(kind, rows), open(kind, rows)];
        // Two pasts, after which an episode begins in every other row.
        for (let t = 0; t <= length; t++) {
          one.step(t, seed + t);
          other.step(t, seed + t + 100);
        }
        const begins = (row: number) => row % 2 === 0;
        for (let t = length + 1; t < length + 4; t++) {
          const goesOn = (row: number) => t > length + 1 || !begins(row);
          const [a, b] = [one.step(t, seed + t, goesOn), other.step(t, seed + t, goesOn)];
          for (let row = 0; row < rows; row++) {
            if (begins(row)) assert.deepEqual(a[row], b[row]);
            else assert.notEqual(a[row][2], b[row][2], `row ${row} has forgotten`);
          }
        }
      }),
      runs(30),
    );
  });

  it('answers the same when it is asked again, and values without remembering', () => {
    fc.assert(
      fc.property(kinds, rowCounts, fc.nat(1e6), (kind, rows, seed) => {
        const { agent, step, observations, arena } = open(kind, rows);
        step(0, seed);
        const first = step(1, seed + 1, (row) => row % 3 > 0);
        const { values } = arena.take({ values: ['f32', rows] });
        agent.value(observations, values, 2);
        assert.deepEqual(
          step(1, seed + 1, (row) => row % 3 > 0),
          first,
        );
        agent.value(observations, values, 2);
        // V of an observation is what deciding on it would have found.
        const next = step(2, seed + 1);
        assert.deepEqual(
          [...values],
          next.map((row) => row[2]),
        );
      }),
      runs(30),
    );
  });

  it('goes on bit for bit from what it saved, and refuses what is none of its memory', () => {
    fc.assert(
      fc.property(kinds, rowCounts, fc.nat(1e6), fc.integer({ min: 1, max: 4 }), (kind, rows, seed, t) => {
        const [one, other] = [open(kind, rows), open(kind, rows)];
        for (let k = 0; k < t; k++) one.step(k, seed + k);
        const saved = structuredClone(one.agent.save());
        other.agent.load(saved);
        assert.deepEqual(other.agent.save(), saved);
        assert.deepEqual(other.step(t, seed), one.step(t, seed));
        const { states0, states1 } = saved.tensors;
        const spoilt = { ...states1, data: Float32Array.from(states1.data, () => Number.NaN) };
        const short = { shape: [1], data: new Float32Array(1) };
        const wrong: Saved['tensors'][] = [
          { states0 },
          { states0, states1: spoilt },
          { states0, states1: short },
        ];
        for (const tensors of wrong)
          assert.throws(() => other.agent.load({ tensors, values: {} }), CheckpointError);
      }),
      runs(20),
    );
  });
});
