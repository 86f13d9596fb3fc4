import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import {
  type Judged,
  MINIBATCH_WORDS,
  readMinibatch,
  writeMinibatch,
} from '../../../../lib/engine/wasm/minibatchWords.ts';
import { extend } from '../../../../lib/records.ts';

const specs = {
  observations: ['u8', 12],
  indices: ['u32', 6],
  actions: ['i32', 6],
  logProbs: ['f32', 6],
  advantages: ['f32', 6],
  returns: ['f32', 6],
  values: ['f32', 6],
  actionMasks: ['u8', 6],
  weights: ['f32', 6],
  states: ['f32', 6],
  masks: ['f32', 6],
  newLogProbs: ['f32', 6],
  newValues: ['f32', 6],
} as const;
const needed = 7;

describe('words of a minibatch', () => {
  it('tell every column that there is, in whatever record it is', () =>
    fc.assert(
      fc.property(fc.subarray(Object.keys(specs).slice(needed)), fc.boolean(), (missing, isLearning) => {
        const arena = new Arena(4096);
        const { indices, ...columns } = arena.take(specs);
        const none = Object.fromEntries(missing.map((name) => [name, undefined]));
        const rollout = extend(columns, none) as unknown as Judged;
        const words = new Float64Array(MINIBATCH_WORDS).fill(Number.NaN);
        writeMinibatch(words, { kind: 'minibatch', columns: rollout, indices, steps: 3 }, isLearning);
        const { observations, pointers, ...told } = readMinibatch(words, arena);
        assert.deepEqual(told, { indices: indices.byteOffset, samples: 6, steps: 3, isLearning });
        assert.equal(observations.byteOffset, columns.observations.byteOffset);
        assert.ok(observations instanceof Uint8Array && observations.length === 12);
        const { observations: _, ...others } = columns;
        assert.deepEqual(
          pointers,
          Object.fromEntries(
            Object.entries(others).map(([name, column]) => [
              name,
              missing.includes(name) ? 0 : column.byteOffset,
            ]),
          ),
        );
      }),
    ));
});
