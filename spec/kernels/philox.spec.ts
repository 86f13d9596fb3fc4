import assert from 'node:assert/strict';
import fc from 'fast-check';
import { philox } from './reference/philox.ts';
import { forEachBuild } from './setup.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

/** Random123's known answers for philox4x32-10: counter, key, block. */
const knownAnswers = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

describe('reference philox', () => {
  it('gives the known answers', () => {
    for (const [counter, key, block] of knownAnswers) assert.deepEqual(philox(counter, key), block);
  });
});

describe('philox', () => {
  forEachBuild((_, harness) => {
    const run = (counter: number[], key: number[]) => {
      harness.reset();
      const block = harness.u32(4);
      harness.kernels.philox(harness.u32(counter).byteOffset, key[0], key[1], block.byteOffset);
      harness.checkGuards();
      return [...block];
    };

    it('gives the known answers', () => {
      for (const [counter, key, block] of knownAnswers) assert.deepEqual(run(counter, key), block);
    });

    it('equals the reference', () => {
      const counters = fc.array(word, { minLength: 4, maxLength: 4 });
      const keys = fc.array(word, { minLength: 2, maxLength: 2 });
      fc.assert(
        fc.property(counters, keys, (counter, key) => {
          assert.deepEqual(run(counter, key), philox(counter, key));
        }),
      );
    });
  });
});
