import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Column } from '../../lib/arena.ts';
import { canonicalJson, decodeCheckpoint, encodeCheckpoint } from '../../lib/checkpoint.ts';
import type { ColumnarEnv, EnvContext } from '../../lib/env/env.ts';
import type { Json } from '../../lib/nouns.ts';
import type { Random } from '../../lib/random.ts';

type Loose = Record<string, unknown>;

/** A file taken apart, in a form that can be wrong in every way. */
interface Parts {
  /** Header entries, with the bytes that they are of. */
  readonly entries: Record<string, { entry: Loose; bytes: Uint8Array }>;
  /** The metadata, except the checksum. */
  readonly meta: Loose;
  values: unknown;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(0, items.length)];
}

/** Other bytes: some bits flipped, some bytes cut off, cut out, doubled, swapped or overwritten, a length changed. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = () => random.integer(0, bytes.length);
  const [from, to] = [at(), at()].sort((a, b) => a - b);
  const [head, middle, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  const copy = bytes.slice();
  const ways: (() => Uint8Array)[] = [
    () => {
      for (let k = random.integer(0, 4); k >= 0; k--) copy[at()] ^= 1 << random.integer(0, 8);
      return copy;
    },
    () => head,
    () => Uint8Array.from([...head, ...tail]),
    () => Uint8Array.from([...head, ...middle, ...middle, ...tail]),
    () => Uint8Array.from([...tail, ...middle, ...head]),
    () => copy.fill(random.integer(0, 256), from, Math.min(to, from + 40)),
    () => {
      new DataView(copy.buffer).setBigUint64(
        0,
        BigInt(random.integer(0, 2 ** 32)) << BigInt(random.integer(0, 33)),
        true,
      );
      return copy;
    },
    () => {
      // Header and data of the same file, at other places.
      const size = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
      return Uint8Array.from([...bytes.subarray(size), ...bytes.subarray(0, size)]);
    },
  ];
  return pick(random, ways)();
}

/** The file with something wrong in it, or several things, but with the right checksum. */
export function distort(bytes: Uint8Array, random: Random): Uint8Array {
  const parts = takeApart(bytes);
  for (let k = random.integer(0, 4) ? 1 : 3; k > 0; k--)
    pick(random, [tensors, tensors, tensors, tensors, values, values, values, values, header])(parts, random);
  return putTogether(parts);
}

/** A saved state of a columnar env with other values in its columns, which its observations agree with. */
export function pretend(env: ColumnarEnv, bytes: Uint8Array, random: Random): Uint8Array {
  const { tensors, values } = decodeCheckpoint(bytes);
  const columns = (prefix: string) => {
    const found = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, { data }]) => [name.slice(prefix.length), data]));
  };
  const state: Record<string, Column> = columns('state.');
  for (let k = random.integer(0, 3); k >= 0; k--) {
    const column = pick(random, Object.values(state));
    const value = random.integer(0, 2)
      ? pick(random, numbers)
      : random.uniform(-1, 1) * 10 ** random.integer(-1, 4);
    if (column) column[random.integer(0, column.length)] = value;
  }
  const { observations } = tensors;
  const context = { state, params: columns('params.'), observations: observations.data };
  env.observe(context as unknown as EnvContext, 0, tensors.ended.data.length);
  return encodeCheckpoint({ tensors, values });
}

function takeApart(bytes: Uint8Array): Parts {
  const { values } = decodeCheckpoint(bytes);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: meta, ...header } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  const entries: Parts['entries'] = {};
  for (const [name, entry] of Object.entries(header as Record<string, { data_offsets: [number, number] }>)) {
    const [from, to] = entry.data_offsets;
    entries[name] = { entry, bytes: bytes.slice(8 + size + from, 8 + size + to) };
  }
  return { entries, meta: { format: meta.format, version: meta.version }, values };
}

/** As `encodeCheckpoint` would, wherever the offsets were not made wrong. */
function putTogether({ entries, meta, values }: Parts): Uint8Array {
  const names = Object.keys(entries).sort((a, b) => (a < b ? -1 : 1));
  const header: [string, Loose][] = [];
  let end = 0;
  for (const name of names) {
    const { entry, bytes } = entries[name];
    const data_offsets = entry.wrong ?? [end, end + bytes.length];
    const { wrong, ...rest } = entry;
    header.push([name, 'data_offsets' in rest ? { ...rest, data_offsets } : rest]);
    end += bytes.length;
  }
  const body = Buffer.concat(names.map((name) => entries[name].bytes));
  const checked = Object.fromEntries(header) as unknown as Json;
  const text = 'values' in meta ? meta.values : textOf(values as Json);
  const hash = sha256.create().update(Buffer.from(canonicalJson(checked)));
  const checksum = bytesToHex(
    hash
      .update(Buffer.from(typeof text === 'string' ? text : ''))
      .update(body)
      .digest(),
  );
  const whole = { ...(checked as object), __metadata__: { ...meta, values: text, checksum } };
  const json = Buffer.from(canonicalJson(whole as Json));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, 0x20);
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Uint8Array.from(Buffer.concat([length, padded, body]));
}

/** Canonical where that can be; JSON of its own where it is nested too deep for it. */
function textOf(values: Json): string {
  try {
    return canonicalJson(values);
  } catch {
    return JSON.stringify(values);
  }
}

const types: Record<string, { new (buffer: ArrayBuffer): ArrayLike<number> & { [i: number]: number } }> = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
};
const numbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  -1,
  1,
  2,
  0.5,
  99,
  1e5,
  1e9,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  3e38,
  -3e38,
  1e300,
];

/** Makes a tensor wrong. */
function tensors({ entries }: Parts, random: Random): void {
  const name = pick(random, Object.keys(entries));
  if (name === undefined) return;
  const tensor = entries[name];
  const other = pick(random, Object.keys(entries));
  const shape: number[] = Array.isArray(tensor.entry.shape) ? tensor.entry.shape : [];
  const set = () => {
    const dtype = tensor.entry.dtype as string;
    const Type = Object.hasOwn(types, dtype) ? types[dtype] : undefined;
    if (
      !Type ||
      tensor.bytes.length === 0 ||
      tensor.bytes.length % (Type as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT
    )
      return;
    const column = new Type(tensor.bytes.slice().buffer);
    const value = pick(random, numbers);
    const [from, to] = random.integer(0, 3) ? [random.integer(0, column.length), 0] : [0, column.length];
    for (let i = from; i < Math.max(to, from + 1); i++) column[i] = value;
    tensor.bytes = new Uint8Array((column as unknown as Uint8Array).buffer);
  };
  const flip = () => {
    if (tensor.bytes.length > 0)
      tensor.bytes[random.integer(0, tensor.bytes.length)] ^= 1 << random.integer(0, 8);
  };
  const ways: (() => void)[] = [
    set,
    set,
    set,
    flip,
    flip,
    () => delete entries[name],
    () => {
      entries[pick(random, ['junk', '__proto__x', 'constructor', `${name}.more`, 'envs.state.more'])] =
        tensor;
    },
    () =>
      Object.defineProperty(entries, '__proto__', {
        value: tensor,
        enumerable: true,
        configurable: true,
        writable: true,
      }),
    () => {
      [entries[name], entries[other]] = [entries[other], entries[name]];
    },
    () => {
      tensor.bytes = entries[other].bytes;
    },
    () => {
      tensor.entry.dtype = pick(random, [...Object.keys(types), 'F16', 'toString', '__proto__', 3, null]);
    },
    () => {
      tensor.entry.shape = pick<unknown>(random, [
        [...shape, 1],
        shape.slice(1),
        [],
        [0],
        [-1],
        [0.5],
        [2 ** 40, 2 ** 40],
        [2 ** 53],
        null,
        'wide',
        {},
        [[4]],
        [null],
      ]);
    },
    () => {
      tensor.bytes = random.integer(0, 2)
        ? tensor.bytes.slice(0, -4)
        : Uint8Array.from([...tensor.bytes, 1, 2, 3, 4]);
    },
    () => {
      const grown = Uint8Array.from([...tensor.bytes, ...tensor.bytes]);
      tensor.bytes = grown;
      tensor.entry.shape = [2 * (Number(shape[0]) || 1), ...shape.slice(1)];
    },
  ];
  pick(random, ways)();
}

/** Makes the header wrong. */
function header({ entries, meta }: Parts, random: Random): void {
  const name = pick(random, Object.keys(entries));
  const entry: Loose = entries[name]?.entry ?? {};
  const ways: (() => void)[] = [
    () => {
      entry.wrong = pick<unknown>(random, [
        [0, 0],
        [0, 4],
        [-4, 4],
        [4, 0],
        [0, 1e15],
        [0.5, 4.5],
        [],
        [0],
        null,
        '0,4',
        { 0: 0, 1: 4 },
        [0, [4]],
        ['0', '4'],
      ]);
    },
    () => delete entry[pick(random, ['dtype', 'shape', 'data_offsets'])],
    () => {
      entry.more = 1;
    },
    () => {
      meta[pick(random, ['more', 'checksums', 'toString'])] = pick<unknown>(random, [1, 'x', null, {}]);
    },
    () => {
      meta.values = pick<unknown>(random, [
        '{',
        '',
        'null',
        '3',
        '[]',
        '{"b":1,"a":2}',
        '{"a": 1}',
        '-0',
        null,
        3,
        {},
        { toString: 1 },
        '1e999',
        `${'['.repeat(5000)}${']'.repeat(5000)}`,
      ]);
    },
    () => {
      meta.version = pick<unknown>(random, ['0', '1', '99', 2, null, { toString: 1 }, []]);
    },
    () => {
      meta.format = pick<unknown>(random, ['pt', null, 7, {}]);
    },
  ];
  pick(random, ways)();
}

/** Makes a value wrong, somewhere. */
function values(parts: Parts, random: Random): void {
  const places: [owner: Loose, name: string][] = [[parts as unknown as Loose, 'values']];
  const walk = (json: unknown) => {
    if (typeof json !== 'object' || json === null) return;
    for (const name of Object.keys(json)) {
      places.push([json as Loose, name]);
      walk((json as Loose)[name]);
    }
  };
  walk(parts.values);
  const [owner, name] = pick(random, places);
  const old = owner[name];
  const deep = () => {
    let nested: unknown = 1;
    for (let k = pick(random, [50, 900, 1200]); k > 0; k--)
      nested = random.integer(0, 2) ? [nested] : { a: nested };
    return nested;
  };
  const rest: unknown[] = [
    null,
    true,
    false,
    0,
    -1,
    0.5,
    3,
    1e6,
    1e9,
    2 ** 31,
    2 ** 51,
    2 ** 53 - 1,
    2 ** 53,
    1e300,
    -0.1,
    '',
    'x',
    '3',
    'SAME_STEP',
    [],
    [1, 2, 3],
    [null],
    {},
    { a: 1 },
    { toString: 1 },
    { type: 'Discrete', n: 3 },
  ];
  const ways: (() => void)[] = [
    () => {
      owner[name] = pick(random, rest);
    },
    () => {
      owner[name] = pick(random, rest);
    },
    () => {
      owner[name] =
        typeof old === 'number'
          ? pick(random, [old + 1, old - 1, -old, old * 1e6, old / 3, String(old)])
          : [old];
    },
    () => {
      owner[name] = deep();
    },
    () => {
      if (owner !== (parts as unknown)) delete owner[name];
    },
    () => {
      const place = typeof old === 'object' && old !== null ? (old as Loose) : owner;
      if (Array.isArray(place)) return;
      const value = pick(random, rest);
      const extra = pick(random, [
        'more',
        '__proto__',
        'constructor',
        'toString',
        'length',
        'then',
        'toJSON',
      ]);
      if (place !== (parts as unknown))
        Object.defineProperty(place, extra, { value, enumerable: true, configurable: true, writable: true });
    },
    () => {
      const [elsewhere, there] = pick(random, places);
      owner[name] = structuredClone(elsewhere[there]);
    },
  ];
  pick(random, ways)();
}
