import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { configure } from '../../../../lib/config.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import { networkOf } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { WasmAgent } from '../../../../lib/engine/wasm/wasmAgent.ts';
import { WasmPoolAgent } from '../../../../lib/engine/wasm/wasmPoolAgent.ts';
import { networkSchema } from '../../../../lib/network.ts';
import type { Ready } from '../../../../lib/poolRecords.ts';
import { box } from '../../../../lib/space/box.ts';
import { layout } from '../../../../lib/space/layout.ts';
import { multiDiscrete } from '../../../../lib/space/multiDiscrete.ts';
import { immediate } from '../../../../lib/workers/crew.ts';

const observation = box(-1, 1, [3]);
const action = multiDiscrete([3, 2]);
const options = networkOf({ observation, action }, configure(networkSchema, { hidden: [5] }));
const WORLDS = 40;

describe('WasmPoolAgent', () => {
  it('tells a world what a WasmAgent tells the row of its number at its step, in whatever order they come', () => {
    const rows = fc.shuffledSubarray(
      Array.from({ length: WORLDS }, (_, i) => i),
      { minLength: 1 },
    );
    const steps = fc.array(fc.oneof(fc.nat(3), fc.constant(2 ** 33 + 5)), {
      minLength: WORLDS,
      maxLength: WORLDS,
    });
    fc.assert(
      fc.property(
        rows,
        steps,
        fc.nat(1e6),
        fc.boolean(),
        fc.boolean(),
        (worlds, at, seed, greedy, masked) => {
          const arena = new Arena(4e6);
          const network = new ActorCritic(options, arena).initialize(seed);
          const vector = new WasmAgent(network, WORLDS, seed, { greedy });
          const pool = new WasmPoolAgent(network, layout(observation), worlds.length, seed, greedy);
          const { observations, actionMasks } = arena.take({
            observations: ['f32', 3 * WORLDS],
            actionMasks: ['u8', 5 * WORLDS],
          });
          observations.set(observations.map((_, i) => Math.sin(i + seed)));
          actionMasks.set(actionMasks.map((_, i) => +(i % 5 === seed % 3 || i % 5 === 3)));
          const shown = masked ? actionMasks : undefined;
          const pick = <C extends Float32Array | Uint8Array>(column: C, width: number) =>
            worlds.flatMap((world) => [...column.subarray(width * world, width * (world + 1))]);
          const reply = pool.infer({
            kind: 'ready',
            worlds: Int32Array.from(worlds),
            steps: Float64Array.from(worlds, (world) => at[world]),
            observations: Float32Array.from(pick(observations, 3)),
            actionMasks: shown && Uint8Array.from(pick(shown, 5)),
          } as Ready);
          for (const [row, world] of worlds.entries()) {
            const own = immediate(
              vector.infer({ kind: 'observation', t: at[world], observations, actionMasks: shown }),
            );
            assert.deepEqual(
              reply.actions.slice(2 * row, 2 * row + 2),
              own.actions.slice(2 * world, 2 * world + 2),
            );
            assert.equal(reply.logProbs[row], own.logProbs[world]);
            assert.equal(reply.values[row], own.values[world]);
          }
        },
      ),
    );
  });

  it('refuses rows that are not as it was made for', () => {
    const arena = new Arena(4e6);
    const agent = new WasmPoolAgent(new ActorCritic(options, arena), layout(observation), 2, 1);
    const ready = { worlds: new Int32Array(2), steps: new Float64Array(2) };
    const infer = (fields: object) => () => agent.infer({ ...ready, ...fields } as Ready);
    assert.throws(
      infer({ worlds: new Int32Array(3), observations: new Float32Array(9) }),
      /expected 2 worlds, got 3/,
    );
    assert.throws(infer({ observations: new Float32Array(5) }), /expected 6 numbers of observations, got 5/);
    assert.throws(infer({ observations: new Uint8Array(6) }), /in a Float32Array, got a Uint8Array/);
  });
});
