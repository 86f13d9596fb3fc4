import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../lib/arena.ts';
import { philox, purposes, RowRandom, streamKey } from '../../lib/rng.ts';
import { philox as reference } from '../kernels/reference/philox.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const counters = fc.tuple(word, word, word, word);
const keys = fc.tuple(word, word);
const seeds = fc.maxSafeNat();

type Counter = [number, number, number, number];

describe('philox', () => {
  const run = (counter: Counter, key: [number, number]) => {
    const out = new Uint32Array(4);
    philox(...counter, ...key, out);
    return [...out];
  };

  it('gives Random123’s known answers', () => {
    const zeros = run([0, 0, 0, 0], [0, 0]);
    assert.deepEqual(zeros, [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const all = 0xffffffff;
    assert.deepEqual(run([all, all, all, all], [all, all]), [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    assert.deepEqual(
      run([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    );
  });

  it('equals big integers and the kernel', () => {
    const arena = new Arena(1000);
    const { at, result } = arena.take({ at: ['u32', 4], result: ['u32', 4] });
    fc.assert(
      fc.property(counters, keys, (counter, key) => {
        at.set(counter);
        arena.kernels.philox(at.byteOffset, ...key, result.byteOffset);
        const block = run(counter, key);
        assert.deepEqual(block, reference(counter, key));
        assert.deepEqual(block, [...result]);
      }),
    );
  });
});

describe('streamKey', () => {
  it('is the two halves of the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [low, high] = streamKey(seed);
        assert.equal(BigInt(low) + (BigInt(high) << 32n), BigInt(seed));
      }),
    );
  });

  it('refuses what is no integer in [0, 2⁵³)', () => {
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
      assert.throws(() => streamKey(seed), { name: 'RangeError', message: /^seed: expected an integer in/ });
    }
  });
});

describe('RowRandom', () => {
  const rows = 5;
  const stream = (seed = 7, draws = new Uint32Array(rows)) => new RowRandom(seed, purposes.env, draws);

  it('draws words of the blocks that its counters name', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.nat(rows - 1),
        fc.nat(1000),
        fc.constantFrom(0, 3),
        (seed, row, drawn, purpose) => {
          const draws = new Uint32Array(rows).fill(drawn);
          const random = new RowRandom(seed, purpose, draws);
          for (let k = drawn; k < drawn + 6; k++) {
            assert.equal(random.word(row), reference([k >>> 2, row, 0, purpose], streamKey(seed))[k & 3]);
          }
          assert.equal(draws[row], drawn + 6);
        },
      ),
    );
  });

  it('gives a row the same numbers, however the rows’ draws are interleaved', () => {
    const alone = Array.from({ length: rows }, (_, row) => {
      const random = stream();
      return Array.from({ length: 40 }, () => random.word(row));
    });
    fc.assert(
      fc.property(fc.array(fc.nat(rows - 1), { maxLength: 40 }), (order) => {
        const random = stream();
        const next = new Array(rows).fill(0);
        for (const row of order) assert.equal(random.word(row), alone[row][next[row]++]);
      }),
    );
  });

  it('continues from a saved counter', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(rows - 1), { maxLength: 20 }), (seed, order) => {
        const draws = new Uint32Array(rows);
        const random = stream(seed, draws);
        for (const row of order) random.word(row);
        const resumed = stream(seed, draws.slice());
        for (let row = 0; row < rows; row++) assert.equal(resumed.word(row), random.word(row));
        // Also where the counter is overwritten under a stream that has a block at hand.
        const overwritten = draws.slice();
        for (let k = 0; k < 9; k++) random.word(0);
        draws.set(overwritten);
        assert.equal(random.word(0), stream(seed, overwritten).word(0));
      }),
    );
  });

  it('gives different rows, seeds and purposes different numbers', () => {
    const first = (seed: number, purpose: number, row: number) =>
      new RowRandom(seed, purpose, new Uint32Array(rows)).word(row);
    const words = new Set<number>();
    for (const seed of [0, 1, 2 ** 32, 2 ** 32 + 1])
      for (const purpose of Object.values(purposes))
        for (let row = 0; row < rows; row++) words.add(first(seed, purpose, row));
    assert.equal(words.size, 4 * Object.keys(purposes).length * rows);
  });

  it('is uniform in [low, high): range, mean, variance, and no correlation of neighbours', () => {
    const random = stream();
    const n = 40_000;
    const [low, high] = [-3, 5];
    let [sum, squares, products, last] = [0, 0, 0, 0];
    for (let k = 0; k < n; k++) {
      const x = random.uniform(2, low, high);
      assert.ok(x >= low && x < high);
      const centred = (x - 1) / 8;
      sum += centred;
      squares += centred ** 2;
      products += centred * last;
      last = centred;
    }
    // Five standard errors: the variance of u is 1/12, that of (u − ½)² is 1/180.
    assert.ok(Math.abs(sum / n) < 5 * Math.sqrt(1 / 12 / n));
    assert.ok(Math.abs(squares / n - 1 / 12) < 5 * Math.sqrt(1 / 180 / n));
    assert.ok(Math.abs(products / n) < 5 / 12 / Math.sqrt(n));
  });

  it('maps the word to the interval, exactly', () => {
    const [words, uniforms] = [stream(), stream()];
    for (let k = 0; k < 100; k++) assert.equal(uniforms.uniform(0), words.word(0) / 2 ** 32);
  });

  it('takes every integer in [low, high), each as often', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: -10, max: 10 }),
        fc.integer({ min: 1, max: 20 }),
        (seed, low, n) => {
          const random = stream(seed);
          const counts = new Array(n).fill(0);
          for (let k = 0; k < 200 * n; k++) counts[random.integer(1, low, low + n) - low]++;
          assert.equal(counts.length, n);
          // Six standard deviations of a count of mean 200.
          for (const count of counts) assert.ok(Math.abs(count - 200) <= 6 * Math.sqrt(200), `${counts}`);
        },
      ),
      { numRuns: 30 },
    );
  });
});
