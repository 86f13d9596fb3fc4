import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf, type ColumnSpecs, type ColumnType } from '../../lib/arena.ts';

const widths: Record<ColumnType, number> = { f64: 8, f32: 4, i32: 4, u32: 4, i16: 2, u16: 2, i8: 1, u8: 1 };
const types = Object.keys(widths) as ColumnType[];

const specs = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,6}$/),
  fc.tuple(fc.constantFrom(...types), fc.integer({ min: 0, max: 5000 })),
  { maxKeys: 12 },
) as fc.Arbitrary<ColumnSpecs>;

describe('Arena', () => {
  it('gives columns of the type and length asked for: aligned, zeroed, apart, and never at pointer 0', () => {
    fc.assert(
      fc.property(specs, specs, (first, second) => {
        const arena = new Arena(bytesOf(first) + bytesOf(second));
        const taken = [first, second].flatMap((specs) => {
          const columns = arena.take(specs);
          assert.deepEqual(Object.keys(columns), Object.keys(specs));
          return Object.entries(specs).map(([name, [type, length]]) => ({
            type,
            length,
            column: columns[name],
          }));
        });
        for (const { type, length, column } of taken) {
          assert.equal(column.length, length);
          assert.equal(column.byteLength, length * widths[type]);
          assert.equal(column.buffer, arena.memory.buffer);
          assert.equal(column.byteOffset % 64, 0);
          assert.ok(column.byteOffset >= 64);
          assert.ok(column.every((value) => value === 0));
        }
        // If two shared a byte, the one filled later would show in the one filled before.
        for (const [k, { column }] of taken.entries()) column.fill(k + 1);
        for (const [k, { column }] of taken.entries()) assert.ok(column.every((value) => value === k + 1));
      }),
      { numRuns: 50 },
    );
  });

  it('has a typed array for every element type', () => {
    const columns = new Arena(1000).take({
      a: ['f64', 1],
      b: ['f32', 1],
      c: ['i32', 1],
      d: ['u32', 1],
      e: ['u8', 1],
    });
    const names = Object.values(columns).map((column) => column.constructor.name);
    assert.deepEqual(names, ['Float64Array', 'Float32Array', 'Int32Array', 'Uint32Array', 'Uint8Array']);
  });

  it('has exactly the room that bytesOf says, to the page', () => {
    const page = { whole: ['u8', 65536 - 64] } as const;
    assert.equal(bytesOf(page), 65536 - 64);
    const arena = new Arena(bytesOf(page));
    assert.equal(arena.memory.buffer.byteLength, 65536);
    arena.take(page);
    arena.take({ nothing: ['f64', 0] });
    assert.throws(() => arena.take({ more: ['u8', 1] }), {
      name: 'RangeError',
      message: /no room for column more of 64 bytes: 65536 of 65536/,
    });
    assert.equal(new Arena(bytesOf(page) + 1).memory.buffer.byteLength, 2 * 65536);
  });

  it('names the first column that does not fit, and can still give smaller ones', () => {
    const arena = new Arena(0);
    assert.throws(
      () => arena.take({ small: ['f32', 16], big: ['f64', 8185], other: ['u8', 1] }),
      /column big/,
    );
    arena.take({ rest: ['u8', 65536 - 128] });
  });

  it('refuses lengths that are none, by name', () => {
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined as unknown as number]) {
      const specs = { good: ['f32', 1], bad: ['f32', length] } as const;
      const expected = { name: 'RangeError', message: /column bad: expected a length, got/ };
      assert.throws(() => bytesOf(specs), expected);
      assert.throws(() => new Arena(1000).take(specs), expected);
    }
  });

  it('refuses more than wasm32 can address', () => {
    assert.throws(() => new Arena(2 ** 32), { name: 'RangeError', message: /at most 4 GiB, got 4\.0 GiB/ });
    assert.throws(() => new Arena(Number.NaN), RangeError);
  });

  it('is found by its columns, and only by them', () => {
    const [a, b] = [new Arena(100), new Arena(100)];
    assert.equal(Arena.of(a.take({ x: ['f32', 1] }).x), a);
    assert.equal(Arena.of(b.take({ x: ['u8', 1] }).x.subarray(0, 0)), b);
    assert.throws(() => Arena.of(new Float32Array(4)), { name: 'TypeError', message: /taken from an arena/ });
    assert.throws(() => Arena.of(a.take({ y: ['f32', 1] }).y.slice()), TypeError);
  });

  it('is memory that threads share, of fixed size', () => {
    const { memory } = new Arena(100);
    assert.ok(memory.buffer instanceof SharedArrayBuffer);
    assert.throws(() => memory.grow(1), RangeError);
  });

  it('takes the plain build where bits must be the same on every machine', () => {
    assert.equal(new Arena(0, { deterministic: true }).build, 'simd');
  });

  it('has kernels that work on its columns', () => {
    const arena = new Arena(1000);
    const { values, result } = arena.take({ values: ['f32', 4], result: ['f64', 2] });
    values.set([1, 2, 3, 6]);
    arena.kernels.moments(values.byteOffset, 0, 4, result.byteOffset, 0);
    assert.deepEqual([...result], [12, 14]);
  });
});
