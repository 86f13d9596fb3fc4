import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Column } from './arena.ts';
import { CheckpointError } from './errors.ts';
import type { Json, Tensor } from './nouns.ts';

/**
 * A checkpoint is one file in the safetensors layout: the header's length (u64, little-endian), a JSON header of
 * tensors with their dtype, shape and offsets, then the tensors' bytes. What is no tensor is canonical JSON (sorted
 * keys) in the header's `__metadata__`, beside the format's version and a SHA-256 over everything else. The same
 * state gives the same bytes.
 *
 * @see https://github.com/huggingface/safetensors
 */
export interface Checkpoint {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly values: Json;
}

const FORMAT = 'pufferflow';
const VERSION = '2';

/** Deeper than any state; without a limit a hostile file would overflow the stack. */
const DEPTH = 1000;

const dtypes = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
} as const;
type Dtype = keyof typeof dtypes;

interface Entry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** JSON with sorted keys and no spaces. @throws TypeError on a number that JSON does not know, or values nested too deep */
export function canonicalJson(value: Json, depth = 0): string {
  if (depth > DEPTH) throw new TypeError(`canonicalJson: expected at most ${DEPTH} values in one another`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join()}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as Record<string, Json>).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item, depth + 1)}`).join()}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`canonicalJson: ${value} is not JSON`);
  return JSON.stringify(value);
}

/** SHA-256 of tensors in the order of their names: of names, shapes and bytes. */
export function hashTensors(tensors: Checkpoint['tensors']): string {
  const hash = sha256.create();
  for (const [name, { shape, data }] of sorted(tensors)) {
    hash.update(new TextEncoder().encode(`${name}[${shape.join()}]`));
    hash.update(bytesOfColumn(data));
  }
  return bytesToHex(hash.digest());
}

/** @throws TypeError on what could not be read back: a shape that is not the data's, a number that JSON does not know */
export function encodeCheckpoint({ tensors, values }: Checkpoint): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const entries = Object.fromEntries(
    sorted(tensors).map(([name, tensor]) => {
      const bytes = bytesOfColumn(tensor.data);
      const entry = entryOf(name, tensor, offset);
      parts.push(bytes);
      offset += bytes.length;
      return [name, entry];
    }),
  );
  const body = join(parts, offset);
  const meta = { format: FORMAT, version: VERSION, values: canonicalJson(values) };
  const checksum = checksumOf(entries, meta.values, body);
  const header = padded(
    canonicalJson({ __metadata__: { ...meta, checksum }, ...entries } as unknown as Json),
  );
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  return join([length, header, body], 8 + header.length + body.length);
}

/** @throws CheckpointError saying what is wrong with the bytes: foreign, of another version, truncated or damaged */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { header, intact, body } = split(bytes);
  const { __metadata__: meta, ...entries } = header;
  if (meta?.format !== FORMAT)
    throw new CheckpointError('checkpoint: this file was not written by pufferflow');
  if (meta.version !== VERSION) {
    throw new CheckpointError(`checkpoint: expected format version ${VERSION}, got ${show(meta.version)}`);
  }
  if (!intact) throw new CheckpointError('checkpoint: damaged: its header is not as it was written');
  const { values, checksum } = meta;
  const { value: decoded, canonical } = parse(typeof values === 'string' ? values : '', 'its metadata');
  if (canonical !== values || Object.keys(meta).length !== 4)
    throw new CheckpointError('checkpoint: damaged: its metadata are not as they were written');
  const end = checkEntries(entries);
  if (body.length !== end) {
    throw new CheckpointError(
      `checkpoint: truncated or damaged: expected ${end} bytes of data, got ${body.length}`,
    );
  }
  if (checksum !== checksumOf(entries, values, body))
    throw new CheckpointError('checkpoint: damaged: its checksum does not match its contents');
  const tensors = Object.entries(entries).map(([name, { dtype, shape, data_offsets }]) => {
    const data = new dtypes[dtype](body.slice(...data_offsets).buffer);
    return [name, { shape, data }] as const;
  });
  return { tensors: Object.fromEntries(tensors), values: decoded };
}

type Metadata = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, Entry>>;

/** Checks that tensors lie one behind the other, in the order of their names. @returns where the last ends */
function checkEntries(entries: Entries): number {
  let end = 0;
  for (const [name, entry] of sorted(entries)) {
    const { dtype, shape, data_offsets, ...rest } = (entry ?? {}) as Partial<Entry>;
    const size = sizeOf(shape);
    const known = typeof dtype === 'string' && Object.hasOwn(dtypes, dtype) && Object.keys(rest).length === 0;
    const next = known && size !== undefined ? end + size * dtypes[dtype].BYTES_PER_ELEMENT : Number.NaN;
    if (!Array.isArray(data_offsets) || canonicalJson(data_offsets) !== `[${end},${next}]`)
      throw new CheckpointError(`checkpoint: damaged: tensor ${name} cannot be ${show(entry)}`);
    end = next;
  }
  return end;
}

/** Elements of a tensor; undefined if it is no shape, or one that no memory holds. */
function sizeOf(shape: unknown): number | undefined {
  if (!Array.isArray(shape)) return undefined;
  let size = 1;
  for (const length of shape) {
    if (!(Number.isSafeInteger(length) && length >= 0)) return undefined;
    size *= length;
  }
  return Number.isSafeInteger(size) ? size : undefined;
}

/** @returns the header, whether its bytes are the ones that would be written for it, and the tensors' bytes */
function split(bytes: Uint8Array): {
  header: { readonly __metadata__?: Metadata } & Entries;
  intact: boolean;
  body: Uint8Array;
} {
  if (bytes.length < 8) throw new CheckpointError(`checkpoint: truncated: only ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > 100_000_000) throw new CheckpointError('checkpoint: this file was not written by pufferflow');
  if (8 + length > bytes.length) {
    throw new CheckpointError(
      `checkpoint: truncated: its header needs ${8 + length} bytes, got ${bytes.length}`,
    );
  }
  // Not bytes.slice: a Buffer's is no copy, and a shared buffer must be copied before it can be decoded.
  const [head, body] = [new Uint8Array(length), new Uint8Array(bytes.length - 8 - length)];
  head.set(bytes.subarray(8, 8 + length));
  body.set(bytes.subarray(8 + length));
  const { value: header, canonical } = parse(new TextDecoder().decode(head), 'its header');
  if (typeof header !== 'object' || header === null)
    throw new CheckpointError('checkpoint: damaged or foreign: its header is not JSON of an object');
  return { header: header as unknown as Entries, intact: equal(head, padded(canonical)), body };
}

/** @returns what the JSON says, and the canonical way to say it */
function parse(text: string, what: string): { value: Json; canonical: string } {
  try {
    const value = JSON.parse(text);
    return { value, canonical: canonicalJson(value) };
  } catch (error) {
    throw new CheckpointError(`checkpoint: damaged or foreign: ${what} is not JSON`, { cause: error });
  }
}

/** As JSON, in brief. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** In UTF-8, filled up with spaces so that the data behind it is aligned. */
function padded(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const whole = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  whole.set(text);
  return whole;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function entryOf(name: string, { shape, data }: Tensor, offset: number): Entry {
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length) {
    throw new TypeError(`checkpoint: ${name} has shape [${shape.join(', ')}], but ${data.length} elements`);
  }
  if (name === '__metadata__') throw new TypeError('checkpoint: no tensor can be named __metadata__');
  return { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
}

function checksumOf(entries: Record<string, Entry>, values: string, body: Uint8Array): string {
  const hash = sha256.create();
  hash.update(new TextEncoder().encode(canonicalJson(entries as unknown as Json)));
  hash.update(new TextEncoder().encode(values));
  return bytesToHex(hash.update(body).digest());
}

function sorted<T>(entries: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
}

function dtypeOf(data: Column): Dtype {
  const found = Object.entries(dtypes).find(([, type]) => data instanceof type);
  if (!found) throw new TypeError(`checkpoint: cannot save a ${(data as object).constructor.name}`);
  return found[0] as Dtype;
}

function bytesOfColumn({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
