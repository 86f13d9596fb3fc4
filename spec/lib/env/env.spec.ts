import assert from 'node:assert/strict';
import { type ColumnarEnv, defineEnv } from '../../../lib/env/env.ts';
import { box } from '../../../lib/space/box.ts';
import { discrete } from '../../../lib/space/discrete.ts';
import { multiBinary } from '../../../lib/space/multiBinary.ts';
import { tuple } from '../../../lib/space/tuple.ts';

const good = {
  id: 'Test-v0',
  observation: box(0, 1, [1]),
  action: discrete(2),
  state: { x: 'f32', wide: ['i32', 3] },
  params: { length: 3 },
  maxEpisodeSteps: 5,
  threshold: 1,
  reset() {},
  step() {},
  observe() {},
} as const;

describe('defineEnv', () => {
  it('gives the definition back', () => {
    const definition = { ...good };
    assert.equal(defineEnv(definition), definition);
    const { maxEpisodeSteps: _, threshold: __, params: ___, ...least } = good;
    assert.equal(defineEnv(least).id, 'Test-v0');
    assert.equal(defineEnv({ ...good, state: {} }).id, 'Test-v0');
    for (const observation of [discrete(3), box(0, 255, [2, 2], 'u8'), tuple([discrete(3), discrete(2)])])
      assert.equal(defineEnv({ ...good, observation }).observation, observation);
    for (const action of [box(-1, 1, [2]), tuple([discrete(3), multiBinary(2)])])
      assert.equal(defineEnv({ ...good, action }).action, action);
    for (const id of ['ALE/Pong-v5', 'my-env_2.0-v12']) assert.equal(defineEnv({ ...good, id }).id, id);
  });

  const bad: [title: string, change: object, name: string, message: RegExp][] = [
    ['no id', { id: undefined }, 'TypeError', /id must be of the form Name-v0, got undefined/],
    ['an id without a version', { id: 'Test' }, 'TypeError', /id must be of the form Name-v0, got "Test"/],
    ['an id with spaces', { id: 'My env-v0' }, 'TypeError', /got "My env-v0"/],
    ['no observation', { observation: undefined }, 'TypeError', /Test-v0: observation must be a space/],
    [
      'mixed columns',
      { observation: tuple([discrete(3), box(0, 1, [1])]) },
      'TypeError',
      /one element type .*, got i32, f32/,
    ],
    ['bigints', { observation: box(0, 1, [1], 'i64') }, 'TypeError', /at most 32 bits or f64, got i64/],
    ['no action', { action: undefined }, 'TypeError', /Test-v0: action must be a space/],
    [
      'a Box of other actions',
      { action: box(0, 1, [1], 'f64') },
      'TypeError',
      /action must be a Box of f32, or/,
    ],
    ['mixed actions', { action: tuple([discrete(2), box(0, 1, [1])]) }, 'TypeError', /action must be/],
    ['a mask that is none', { actionMask: [1, 0] }, 'TypeError', /actionMask must be a function/],
    [
      'a misspelt key',
      { maxEpisodeStep: 30 },
      'TypeError',
      /unknown key maxEpisodeStep; did you mean maxEpisodeSteps\?/,
    ],
    ['no reset', { reset: undefined }, 'TypeError', /Test-v0: reset must be a function/],
    ['no step', { step: 3 }, 'TypeError', /step must be a function/],
    ['no observe', { observe: null }, 'TypeError', /observe must be a function/],
    ['0 steps', { maxEpisodeSteps: 0 }, 'RangeError', /maxEpisodeSteps must be a positive integer, got 0/],
    ['half a step', { maxEpisodeSteps: 1.5 }, 'RangeError', /positive integer, got 1.5/],
    ['infinite steps', { maxEpisodeSteps: Number.POSITIVE_INFINITY }, 'RangeError', /got Infinity/],
    ['a threshold in words', { threshold: 'high' }, 'TypeError', /threshold must be a number, got high/],
    ['a NaN threshold', { threshold: Number.NaN }, 'TypeError', /threshold must be a number, got NaN/],
    ['a parameter in words', { params: { length: 'long' } }, 'TypeError', /params.length must be a number/],
    ['a NaN parameter', { params: { length: Number.NaN } }, 'TypeError', /params.length must be a number/],
    ['no state', { state: undefined }, 'TypeError', /Test-v0: state must be an object of columns/],
    [
      'an unknown type',
      { state: { x: 'f16' } },
      'TypeError',
      /state.x must be one of f64, f32, i32, u32, i16, u16, i8, u8, or/,
    ],
    ['an inherited type', { state: { x: 'toString' } }, 'TypeError', /state.x must be one of/],
    ['no type', { state: { x: undefined } }, 'TypeError', /state.x must be one of/],
    ['a width of 0', { state: { x: ['f32', 0] } }, 'TypeError', /state.x must be .* or \[type, width\]/],
    ['no width', { state: { x: ['f32'] } }, 'TypeError', /state.x must be/],
    ['half a width', { state: { x: ['f32', 2.5] } }, 'TypeError', /state.x must be/],
  ];
  for (const [title, change, name, message] of bad) {
    it(`refuses ${title}`, () => {
      assert.throws(() => defineEnv({ ...good, ...change } as unknown as ColumnarEnv), { name, message });
    });
  }

  it('refuses no definition at all', () => {
    assert.throws(() => defineEnv(undefined as unknown as ColumnarEnv), TypeError);
  });
});
