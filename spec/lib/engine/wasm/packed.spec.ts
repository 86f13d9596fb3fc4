import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { configure } from '../../../../lib/config.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import { WasmAgent } from '../../../../lib/engine/wasm/wasmAgent.ts';
import { networkSchema } from '../../../../lib/network.ts';
import { Random } from '../../../../lib/random.ts';
import { box } from '../../../../lib/space/box.ts';
import { layout } from '../../../../lib/space/layout.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { spaces } from '../../../laws/arbitraries.ts';

describe('a network over packed rows', () => {
  it('sees in them what it sees in flat rows', () => {
    fc.assert(
      fc.property(spaces(), fc.integer({ min: 1, max: 150 }), fc.nat(), (observation, rows, seed) => {
        const { dtype, width, size, pack, flatten } = layout(observation);
        const network = configure(networkSchema, { hidden: [5], normalizeBytes: false });
        const options = { observation, inputs: size, choices: [3, 2], network };
        const arena = new Arena(2 ** 23);
        const actorCritic = new ActorCritic(options, arena).initialize(seed);
        const { packed, flat } = arena.take({ packed: [dtype, rows * width], flat: ['f32', rows * size] });
        const random = new Random(seed);
        for (let row = 0; row < rows; row++) {
          const value = observation.sample(random);
          pack(value, packed, row, 'value');
          flatten(value, flat, row * size);
        }
        const [fromPacked, fromFlat] = [packed, flat].map((observations) => {
          const agent = new WasmAgent(actorCritic, rows, seed);
          return immediate(agent.infer({ kind: 'observation', t: 3, observations }));
        });
        for (const name of ['actions', 'logProbs', 'values'] as const)
          assert.deepEqual([...fromPacked[name]], [...fromFlat[name]]);
      }),
      { numRuns: 60 },
    );
  });

  it('scales images to 0 … 1, unless it is told not to', () => {
    const observation = box(0, 255, [2, 2, 3], 'u8');
    const seen = (normalizeBytes: boolean, value: number) => {
      const arena = new Arena(2 ** 20);
      const network = configure(networkSchema, { hidden: [5], normalizeBytes });
      const actorCritic = new ActorCritic(
        { observation, inputs: 12, choices: [2], network },
        arena,
      ).initialize(1);
      const { packed, flat, values } = arena.take({
        packed: ['u8', 12],
        flat: ['f32', 12],
        values: ['f32', 1],
      });
      const agent = new WasmAgent(actorCritic, 1, 0);
      agent.value(packed.fill(value), values);
      const ofPacked = values[0];
      agent.value(flat.fill(normalizeBytes ? Math.fround(value * Math.fround(1 / 255)) : value), values);
      return [ofPacked, values[0]];
    };
    for (const normalizeBytes of [true, false]) {
      const [ofPacked, ofFlat] = seen(normalizeBytes, 200);
      assert.equal(ofPacked, ofFlat);
    }
    assert.notEqual(seen(true, 200)[0], seen(false, 200)[0]);
  });

  it('never takes what a mask forbids, and takes everything else as often as without it', () => {
    const arena = new Arena(2 ** 22);
    const network = configure(networkSchema, { hidden: [4] });
    const actorCritic = new ActorCritic({ inputs: 2, choices: [3, 2], network }, arena).initialize(1);
    const rows = 3000;
    const columns = arena.take({ observations: ['f32', 2 * rows], actionMasks: ['u8', 5 * rows] });
    for (let row = 0; row < rows; row++)
      columns.actionMasks.set(row % 2 ? [1, 0, 1, 1, 1] : [0, 0, 1, 0, 1], 5 * row);
    const agent = new WasmAgent(actorCritic, rows, 7);
    const { actions, logProbs } = immediate(agent.infer({ kind: 'observation', t: 0, ...columns }));
    const seen = new Map<string, number>();
    for (let row = 0; row < rows; row++) {
      const [a, b] = actions.subarray(2 * row, 2 * row + 2);
      if (row % 2 === 0) {
        assert.deepEqual([a, b], [2, 1]);
        assert.equal(logProbs[row], 0);
      } else {
        seen.set(`${a}${b}`, (seen.get(`${a}${b}`) ?? 0) + 1);
        // A fresh policy is nearly uniform over what is left: 2 · 2 choices.
        assert.ok(Math.abs(logProbs[row] + Math.log(4)) < 0.05);
      }
    }
    assert.deepEqual([...seen.keys()].sort(), ['00', '01', '20', '21']);
    for (const count of seen.values()) assert.ok(Math.abs(count - rows / 8) < 5 * Math.sqrt(rows / 8));
    agent.greedy = true;
    const greedy = immediate(agent.infer({ kind: 'observation', t: 0, ...columns }));
    for (let row = 0; row < rows; row++) assert.notEqual(greedy.actions[2 * row], 1);
  });
});
