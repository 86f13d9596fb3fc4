import type { Json } from '../nouns.ts';
import { arrays } from '../space/dtype.ts';
import { field, kindOf } from '../space/paths.ts';
import type { State } from './structured.ts';

/**
 * Plain data as JSON, and back. What JSON knows stays as it is; the rest is an object with one name that begins with
 * one `$`: `{"$number": "NaN"}`, `{"$bigint": "12"}`, `{"$undefined": true}`, `{"$f32": "base64"}`. Names of the data
 * itself that begin with `$` get another one before it, so that nothing can be mistaken. Names are sorted: equal
 * states give equal JSON.
 */
const viewTypes = { ...arrays, u8c: Uint8ClampedArray } as const;
const oddNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** @throws TypeError naming what is no plain data: an instance of a class, a function, a symbol, a cycle */
export function encodeState(state: unknown, path = 'state'): Json {
  return encode(state, path, []);
}

/** A new copy of the state that was encoded. @throws TypeError naming what `encodeState` would not have written */
export function decodeState(json: Json, path = 'state'): State {
  if (Array.isArray(json)) return json.map((item: Json, i) => decodeState(item, `${path}[${i}]`));
  if (typeof json !== 'object' || json === null) return json as State;
  const entries = Object.entries(json as Record<string, Json>);
  const tag = entries.find(([name]) => /^\$(?!\$)/.test(name));
  if (tag && entries.length === 1) return decodeTagged(tag[0].slice(1), tag[1], path);
  if (tag) throw new TypeError(`${path}: ${tag[0]} cannot stand beside other names`);
  return Object.fromEntries(
    entries.map(([name, item]) => {
      const own = name.startsWith('$') ? name.slice(1) : name;
      return [own, decodeState(item, field(path, own))];
    }),
  );
}

function encode(state: unknown, path: string, around: readonly object[]): Json {
  if (state === null || typeof state === 'string' || typeof state === 'boolean') return state;
  if (state === undefined) return { $undefined: true };
  if (typeof state === 'bigint') return { $bigint: String(state) };
  if (typeof state === 'number') {
    const odd = !Number.isFinite(state) || Object.is(state, -0);
    return odd ? { $number: Object.is(state, -0) ? '-0' : String(state) } : state;
  }
  if (typeof state !== 'object') throw new TypeError(`${path}: expected plain data, got a ${typeof state}`);
  if (around.includes(state)) throw new TypeError(`${path}: expected plain data, got a cycle`);
  const inside = [...around, state];
  if (Array.isArray(state)) {
    // Neither holes nor names besides the indices would come back.
    const { length } = state;
    const names = Object.keys(state);
    if (names.length !== length || (length > 0 && names[length - 1] !== String(length - 1)))
      throw new TypeError(`${path}: expected plain data, got an array with holes or names`);
    return state.map((item, i) => encode(item, `${path}[${i}]`, inside));
  }
  const prototype = Object.getPrototypeOf(state);
  const view = Object.entries(viewTypes).find(([, type]) => prototype === type.prototype);
  if (view) return { [`$${view[0]}`]: toBase64(state as ArrayBufferView) };
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw new TypeError(`${path}: expected plain data, got an instance of ${prototype.constructor?.name}`);
  if (Object.getOwnPropertySymbols(state).length > 0)
    throw new TypeError(`${path}: expected plain data, got a symbol for a name`);
  const entries = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([name, item]) => [
      name.startsWith('$') ? `$${name}` : name,
      encode(item, field(path, name), inside),
    ]),
  );
}

function decodeTagged(tag: string, payload: Json, path: string): State {
  if (tag === 'undefined' && payload === true) return undefined;
  if (typeof payload === 'string') {
    if (tag === 'number' && Object.hasOwn(oddNumbers, payload)) return oddNumbers[payload];
    if (tag === 'bigint' && /^(0|-?[1-9]\d*)$/.test(payload)) return BigInt(payload);
    if (Object.hasOwn(viewTypes, tag)) {
      const type = viewTypes[tag as keyof typeof viewTypes];
      const bytes = fromBase64(payload);
      if (bytes && bytes.length % type.BYTES_PER_ELEMENT === 0) return new type(bytes.buffer);
    }
  }
  const got = typeof payload === 'string' ? `a string of ${payload.length}` : kindOf(payload);
  throw new TypeError(`${path}: $${tag} cannot hold ${got}`);
}

const CHUNK = 8192;

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  let text = '';
  for (let from = 0; from < byteLength; from += CHUNK) {
    const bytes = new Uint8Array(buffer, byteOffset + from, Math.min(CHUNK, byteLength - from));
    text += String.fromCharCode(...bytes);
  }
  return btoa(text);
}

/** The bytes, or undefined if the text is not what `toBase64` would have written. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
