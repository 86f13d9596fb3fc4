import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeState, encodeState } from '../../../lib/env/stateCodec.ts';
import type { State } from '../../../lib/env/structured.ts';
import type { Json } from '../../../lib/nouns.ts';

const names = fc.oneof(
  fc.string(),
  fc.constantFrom('$number', '$f32', '$$bigint', '$', '$undefined', '__proto__', 'length', '10', '9'),
);
const views = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int8Array(),
  fc.uint8Array(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.uint8ClampedArray(),
);
const plain = fc.letrec<{ state: State }>((tie) => ({
  state: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<State>(undefined, null, true, false, -0, Number.NaN, 2 ** 60, 'NaN'),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    views,
    fc.array(tie('state'), { maxLength: 4 }),
    fc
      .array(fc.tuple(names, tie('state')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries) as State),
  ),
})).state;

/** The same data with the names of every object in the opposite order. */
function turned(state: State): State {
  if (Array.isArray(state)) return state.map(turned);
  if (typeof state !== 'object' || state === null || ArrayBuffer.isView(state)) return state;
  const entries = Object.entries(state as Record<string, State>).reverse();
  return Object.fromEntries(entries.map(([name, item]) => [name, turned(item)]));
}

describe('encodeState and decodeState', () => {
  it('give plain data back, through the text of a file, whatever the order of its names', () => {
    fc.assert(
      fc.property(plain, (state) => {
        const text = JSON.stringify(encodeState(state));
        assert.deepStrictEqual(decodeState(JSON.parse(text)), state);
        assert.equal(JSON.stringify(encodeState(turned(state))), text);
      }),
    );
  });

  it('take a view into the midst of a buffer, and one that is longer than a call has arguments', () => {
    const bytes = Uint8Array.from({ length: 300_001 }, (_, i) => (i * i) % 251);
    for (const view of [bytes.subarray(3), new Float32Array(bytes.buffer, 4, 1000)])
      assert.deepStrictEqual(decodeState(encodeState(view)), view.slice());
  });

  it('give a copy that shares nothing', () => {
    const state = { board: new Uint8Array(3), agents: [{ x: 1 }] };
    const copy = decodeState(encodeState(state)) as typeof state;
    state.board[0] = state.agents[0].x = 7;
    assert.deepEqual([copy.board[0], copy.agents[0].x], [0, 1]);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = { again: [cycle] };
  const refused: [what: string, state: unknown, message: RegExp][] = [
    ['a Map', { a: [new Map()] }, /^state\.a\[0\]: expected plain data, got an instance of Map$/],
    ['a Date', { 'a b': new Date() }, /^state\["a b"\]: expected plain data, got an instance of Date$/],
    ['an own class', new (class Ball {})(), /^state: expected plain data, got an instance of Ball$/],
    ['a Buffer', Buffer.from([1]), /got an instance of Buffer$/],
    ['a DataView', new DataView(new ArrayBuffer(1)), /got an instance of DataView$/],
    ['a function', [() => 1], /^state\[0\]: expected plain data, got a function$/],
    ['a symbol', { a: Symbol('b') }, /^state\.a: expected plain data, got a symbol$/],
    ['a symbol for a name', { [Symbol('b')]: 1 }, /got a symbol for a name$/],
    ['a cycle', cycle, /^state\.self\.again\[0\]: expected plain data, got a cycle$/],
    ['a hole', new Array(2), /^state: expected plain data, got an array with holes or names$/],
    ['a named array', Object.assign([1], { name: 2 }), /array with holes or names$/],
    ['a hole and a name', Object.assign(new Array(1), { name: 2 }), /array with holes or names$/],
  ];
  for (const [what, state, message] of refused) {
    it(`refuse ${what}`, () => assert.throws(() => encodeState(state), { name: 'TypeError', message }));
  }

  it('refuse what was not written by them', () => {
    const foreign: [Json, RegExp][] = [
      [{ a: { $number: '12' } }, /^state\.a: \$number cannot hold a string of 2$/],
      [{ $number: 1 }, /\$number cannot hold number/],
      [{ $bigint: '-0' }, /\$bigint/],
      [{ $bigint: '1e3' }, /\$bigint/],
      [{ $undefined: false }, /\$undefined/],
      [{ $map: [] }, /\$map cannot hold an array/],
      [{ $f32: 'AAA=' }, /\$f32/],
      [{ $f32: '??' }, /\$f32/],
      [{ $u8: 'AB==' }, /\$u8/],
      [{ $u8: ' AA==' }, /\$u8/],
      [{ $constructor: '' }, /\$constructor/],
      [[{ $u8: 'AA==', b: 1 }], /^state\[0\]: \$u8 cannot stand beside other names$/],
    ];
    for (const [json, message] of foreign)
      assert.throws(() => decodeState(json), { name: 'TypeError', message }, JSON.stringify(json));
  });
});
