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
const VERSION = '1';

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

/** JSON with sorted keys and no spaces. @throws TypeError on a number that JSON does not know */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as Record<string, Json>).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join()}}`;
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
  const header = encodeHeader({ __metadata__: { ...meta, checksum }, ...entries });
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
    throw new CheckpointError(`checkpoint: expected format version ${VERSION}, got ${meta.version}`);
  }
  if (!intact) throw new CheckpointError('checkpoint: damaged: its header is not as it was written');
  const ends = Object.values(entries).map((entry) => entry?.data_offsets?.[1]);
  const expected = Math.max(0, ...ends);
  if (body.length !== expected) {
    throw new CheckpointError(
      `checkpoint: truncated or damaged: expected ${expected} bytes of data, got ${body.length}`,
    );
  }
  if (meta.checksum !== checksumOf(entries, meta.values, body)) {
    throw new CheckpointError('checkpoint: damaged: its checksum does not match its contents');
  }
  const tensors = Object.entries(entries).map(([name, { dtype, shape, data_offsets }]) => {
    const data = new dtypes[dtype](body.slice(...data_offsets).buffer);
    return [name, { shape, data }] as const;
  });
  return { tensors: Object.fromEntries(tensors), values: JSON.parse(meta.values) };
}

type Header = { readonly __metadata__?: Record<string, string> } & Record<string, Entry>;

/** @returns the header, whether its bytes are the ones that would be written for it, and the tensors' bytes */
function split(bytes: Uint8Array): { header: Header; intact: boolean; body: Uint8Array } {
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
  try {
    const header = JSON.parse(new TextDecoder().decode(head));
    if (typeof header !== 'object' || header === null) throw new TypeError('not an object');
    return { header, intact: equal(head, encodeHeader(header)), body };
  } catch (error) {
    throw new CheckpointError('checkpoint: damaged or foreign: its header is not JSON', { cause: error });
  }
}

/** Canonical JSON in UTF-8, filled up with spaces so that the data behind it is aligned. */
function encodeHeader(header: object): Uint8Array {
  const text = new TextEncoder().encode(canonicalJson(header as Json));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
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

function sorted(tensors: Checkpoint['tensors']): [string, Tensor][] {
  return Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1));
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
