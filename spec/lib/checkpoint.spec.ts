import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Checkpoint,
  canonicalJson,
  decodeCheckpoint,
  encodeCheckpoint,
  hashTensors,
} from '../../lib/checkpoint.ts';
import { CheckpointError } from '../../lib/errors.ts';
import type { Json, Tensor } from '../../lib/nouns.ts';

const dtypes = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;

/** Any bytes as any of the types: also NaNs with a payload, −0, infinities. */
const tensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...Object.values(dtypes)), fc.array(fc.nat(3), { maxLength: 3 }))
  .chain(([Type, shape]) => {
    const length = shape.reduce((a, b) => a * b, 1) * Type.BYTES_PER_ELEMENT;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => ({ shape, data: new Type(bytes.slice().buffer) }));
  });
const name = fc.oneof(
  fc.stringMatching(/^[a-z]+(\.[a-z0-9]+)*$/),
  fc.string({ unit: 'binary' }),
  fc.constant('__proto__'),
);
const json = fc.jsonValue() as fc.Arbitrary<Json>;
const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  values: json,
});

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => [
  ...new Uint8Array(buffer, byteOffset, byteLength),
];

function assertSame(actual: Checkpoint, expected: Checkpoint): void {
  assert.equal(JSON.stringify(actual.values), JSON.stringify(JSON.parse(canonicalJson(expected.values))));
  assert.deepEqual(actual.values, JSON.parse(JSON.stringify(expected.values)));
  assert.deepEqual(Object.keys(actual.tensors).sort(), Object.keys(expected.tensors).sort());
  for (const [name, { shape, data }] of Object.entries(expected.tensors)) {
    const found = actual.tensors[name];
    assert.deepEqual(found.shape, shape);
    assert.equal(found.data.constructor, data.constructor);
    assert.deepEqual(bytesOf(found.data), bytesOf(data));
  }
}

const small: Checkpoint = {
  tensors: {
    'agent.weight': { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 3e8, 0, Number.NaN) },
    counts: { shape: [3], data: Uint8Array.of(1, 2, 255) },
    nothing: { shape: [0], data: new Float64Array(0) },
  },
  values: { b: [1, null, true], a: 'x' },
};

/** Reads a file by the safetensors specification alone. */
function parseSafetensors(bytes: Uint8Array) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice(8, 8 + length));
  return { length, text, header: JSON.parse(text), data: bytes.slice(8 + length) };
}

describe('checkpoint', () => {
  it('decodes to what was encoded, bit for bit', () => {
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        assertSame(decodeCheckpoint(encodeCheckpoint(checkpoint)), checkpoint);
      }),
      { numRuns: 300 },
    );
  });

  it('is a file in the safetensors layout', () => {
    fc.assert(
      fc.property(checkpoints, ({ tensors, values }) => {
        const { length, text, header, data } = parseSafetensors(encodeCheckpoint({ tensors, values }));
        assert.equal(text[0], '{');
        assert.equal(length % 8, 0, 'the data begins where every type is aligned');
        const { __metadata__: metadata, ...entries } = header;
        for (const value of Object.values(metadata)) assert.equal(typeof value, 'string');
        assert.deepEqual(Object.keys(entries).sort(), Object.keys(tensors).sort());
        // The tensors cover the data from its first byte to its last, without holes and without overlap.
        const ranges = Object.values(entries as Record<string, { data_offsets: [number, number] }>)
          .map(({ data_offsets }) => data_offsets)
          .sort(([a, b], [c, d]) => a - c || b - d);
        let end = 0;
        for (const [from, to] of ranges) {
          assert.equal(from, end);
          end = to;
        }
        assert.equal(data.length, end);
        for (const [name, { shape, data: expected }] of Object.entries(tensors)) {
          const entry = entries[name];
          assert.deepEqual(entry.shape, shape);
          assert.equal(dtypes[entry.dtype as keyof typeof dtypes], expected.constructor);
          assert.deepEqual([...data.slice(...entry.data_offsets)], bytesOf(expected));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same state the same bytes, whatever the order of its keys', () => {
    const shuffled = (json: Json): Json => {
      if (Array.isArray(json)) return json.map(shuffled);
      if (typeof json !== 'object' || json === null) return json;
      return Object.fromEntries(
        Object.entries(json)
          .reverse()
          .map(([key, item]) => [key, shuffled(item as Json)]),
      );
    };
    fc.assert(
      fc.property(checkpoints, ({ tensors, values }) => {
        const reversed = Object.fromEntries(Object.entries(tensors).reverse());
        const again = encodeCheckpoint({ tensors: reversed, values: shuffled(values) });
        assert.deepEqual(again, encodeCheckpoint({ tensors, values }));
        assert.equal(hashTensors(reversed), hashTensors(tensors));
      }),
    );
  });

  it('takes columns that lie inside a larger or shared buffer, and leaves them alone', () => {
    const shared = new Float32Array(new SharedArrayBuffer(64), 8, 3);
    const part = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    shared.set([1, 2, 3]);
    const tensors = { shared: { shape: [3], data: shared }, part: { shape: [2], data: part } };
    const back = decodeCheckpoint(encodeCheckpoint({ tensors, values: null })).tensors;
    assert.deepEqual([...back.shared.data], [1, 2, 3]);
    assert.deepEqual([...back.part.data], [1, 2]);
    back.shared.data[0] = 5;
    assert.equal(shared[0], 1);
  });

  it('reads bytes wherever they lie: a view with an offset, shared memory, a Buffer of Node', () => {
    const bytes = encodeCheckpoint(small);
    const inside = new Uint8Array(bytes.length + 20);
    inside.set(bytes, 13);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 5), 5);
    shared.set(bytes);
    const pooled = Buffer.concat([Buffer.from('front'), bytes]).subarray(5);
    for (const view of [inside.subarray(13, 13 + bytes.length), shared, pooled, Buffer.from(bytes)]) {
      const back = decodeCheckpoint(view);
      assertSame(back, small);
      // The tensors are copies: they outlive the bytes.
      view.fill(0);
      assert.equal(back.tensors['agent.weight'].data[1], -2);
    }
  });

  it('refuses every truncation, and every byte too many', () => {
    const bytes = encodeCheckpoint(small);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeCheckpoint(bytes.subarray(0, length)), CheckpointError, `${length} bytes`);
    }
    for (const extra of [1, 8, 100]) {
      const longer = new Uint8Array(bytes.length + extra);
      longer.set(bytes);
      assert.throws(() => decodeCheckpoint(longer), CheckpointError, `${extra} more`);
    }
  });

  it('refuses every flip of a bit', () => {
    // A name that JSON escapes: flips there can write the same text in another way.
    const odd = { '\u001f\ufffd\ud800': { shape: [1], data: Uint8Array.of(0x20) } };
    const bytes = encodeCheckpoint({ ...small, tensors: { ...small.tensors, ...odd } });
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      assert.throws(() => decodeCheckpoint(bytes), CheckpointError, `bit ${bit}`);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    decodeCheckpoint(bytes);
  });

  it('refuses any damage: overwritten, cut out, swapped', () => {
    fc.assert(
      fc.property(
        checkpoints,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        (checkpoint, pick, patch) => {
          const bytes = encodeCheckpoint(checkpoint);
          const at = pick % bytes.length;
          const overwritten = bytes.slice();
          overwritten.set(patch.subarray(0, bytes.length - at), at);
          const cut = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + patch.length)]);
          for (const damaged of [overwritten, cut]) {
            if (Buffer.compare(damaged, bytes) === 0) continue;
            assert.throws(() => decodeCheckpoint(damaged), CheckpointError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses foreign bytes with a CheckpointError that says so', () => {
    const foreign = (text: string, data = new Uint8Array(0)) => {
      const header = new TextEncoder().encode(text);
      const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
      return Uint8Array.from([...length, ...header, ...data]);
    };
    const notOurs = /this file was not written by pufferflow/;
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /truncated: only 0 bytes/],
      [new TextEncoder().encode('PK\u0003\u0004 a zip file, say'), notOurs],
      [foreign('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)), notOurs],
      [foreign('{"__metadata__":{"format":"pt"}}'), notOurs],
      [foreign('{"__metadata__":null}'), notOurs],
      [foreign('[]'), notOurs],
      [foreign('null'), /its header is not JSON/],
      [foreign('{"w"'), /its header is not JSON/],
    ];
    for (const [bytes, message] of cases) {
      assert.throws(() => decodeCheckpoint(bytes), { name: 'CheckpointError', message });
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.json(), fc.uint8Array(), (bytes, text, data) => {
        assert.throws(() => decodeCheckpoint(bytes), CheckpointError);
        assert.throws(() => decodeCheckpoint(foreign(text, data)), CheckpointError);
        const entry = `{"__metadata__":{"format":"pufferflow","version":"2"},"x":${text}}`;
        assert.throws(() => decodeCheckpoint(foreign(entry, data)), CheckpointError);
      }),
    );
  });

  it('refuses another version and names both', () => {
    const text = new TextDecoder('latin1')
      .decode(encodeCheckpoint(small))
      .replace(/"version":"\d+"/, '"version":"77"');
    assert.throws(() => decodeCheckpoint(Uint8Array.from(text, (c) => c.charCodeAt(0))), {
      name: 'CheckpointError',
      message: /^checkpoint: expected format version \d+, got "77"$/,
    });
  });

  it('does not write what it could not read back', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => encodeCheckpoint({ tensors: {}, values: { deep: [value] } }), {
        name: 'TypeError',
        message: `canonicalJson: ${value} is not JSON`,
      });
    }
    const wrong = (name: string, tensor: unknown) =>
      encodeCheckpoint({ tensors: { [name]: tensor as Tensor }, values: {} });
    assert.throws(() => wrong('x', { shape: [1], data: new Float32Array(2) }), {
      name: 'TypeError',
      message: 'checkpoint: x has shape [1], but 2 elements',
    });
    assert.throws(() => wrong('x', { shape: [1], data: new BigInt64Array(1) }), {
      name: 'TypeError',
      message: 'checkpoint: cannot save a BigInt64Array',
    });
    assert.throws(() => wrong('__metadata__', { shape: [1], data: new Uint8Array(1) }), TypeError);
  });
});

describe('canonicalJson', () => {
  it('is JSON without spaces, its keys in order', () => {
    assert.equal(
      canonicalJson({ b: [1, 'é', null], a: { d: true, c: -0.5 } }),
      '{"a":{"c":-0.5,"d":true},"b":[1,"é",null]}',
    );
    fc.assert(
      fc.property(json, (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out what is undefined, as JSON does', () => {
    assert.equal(canonicalJson({ a: undefined, b: 1 } as unknown as Json), '{"b":1}');
  });
});

describe('hashTensors', () => {
  it('changes with every name, shape and byte', () => {
    const hash = (name: string, shape: number[], values: number[]) =>
      hashTensors({ [name]: { shape, data: Float32Array.from(values) } });
    const hashes = new Set([
      hash('w', [2, 1], [1, 2]),
      hash('v', [2, 1], [1, 2]),
      hash('w', [1, 2], [1, 2]),
      hash('w', [2, 1], [1, 2.0000002]),
      hash('w', [2, 1], [2, 1]),
      hashTensors({}),
    ]);
    assert.equal(hashes.size, 6);
    for (const digest of hashes) assert.match(digest, /^[0-9a-f]{64}$/);
  });
});
