import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  choice,
  configure,
  count,
  counts,
  defaultsOf,
  flag,
  list,
  natural,
  real,
  type Schema,
  schedule,
} from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';

const schema = {
  steps: count(10),
  seed: natural(0),
  gamma: real(0.99, 0, 1),
  scale: real(1),
  floor: real(2, 0),
  norm: flag(true),
  mode: choice('NEXT', 'SAME'),
  rate: schedule({ from: 1, to: 0 }),
  layers: list({ width: count(3), norm: flag(true) }),
  network: { hidden: counts([64, 64]), gains: { policy: real(0.01, 0) } },
};

const defaults = {
  steps: 10,
  seed: 0,
  gamma: 0.99,
  scale: 1,
  floor: 2,
  norm: true,
  mode: 'NEXT',
  rate: { from: 1, to: 0 },
  layers: [],
  network: { hidden: [64, 64], gains: { policy: 0.01 } },
};

function assertFrozen(value: unknown, path = 'config'): void {
  if (typeof value !== 'object' || value === null) return;
  assert.ok(Object.isFrozen(value), path);
  for (const [key, item] of Object.entries(value)) assertFrozen(item, `${path}.${key}`);
}

const refused = (changes: unknown, message: string) =>
  assert.throws(() => configure(schema, changes), { name: 'ConfigError', message });

describe('config', () => {
  it('is the schema’s defaults where nothing is changed', () => {
    assert.deepEqual(defaultsOf(schema), defaults);
    assert.deepEqual(configure(schema, {}), defaults);
    assert.deepEqual(configure(schema, { network: {}, gamma: undefined }), defaults);
  });

  it('changes what it is told to, at any depth, and nothing else', () => {
    const config = configure(schema, { gamma: 0.5, network: { gains: { policy: 1 } } });
    assert.deepEqual(config, {
      ...defaults,
      gamma: 0.5,
      network: { hidden: [64, 64], gains: { policy: 1 } },
    });
  });

  it('goes on from a base, which it leaves as it was', () => {
    const base = configure(schema, { gamma: 0.5, network: { hidden: [3] } });
    const next = configure(schema, { scale: 2 }, base);
    assert.deepEqual(next, {
      ...defaults,
      gamma: 0.5,
      scale: 2,
      network: { ...defaults.network, hidden: [3] },
    });
    assert.equal(base.scale, 1);
    assert.equal(configure(schema, {}, base), base);
  });

  it('is immutable to the last key', () => {
    assertFrozen(configure(schema, {}));
    const changes = { seed: 3, rate: { from: 1, to: 2 }, network: { hidden: [1] } };
    assertFrozen(configure(schema, changes));
    assertFrozen(configure(schema, { seed: 3 }, JSON.parse(JSON.stringify(defaults))));
  });

  it('neither freezes nor follows the values it was given', () => {
    const changes = { rate: { from: 1, to: 2 }, network: { hidden: [1] } };
    const config = configure(schema, changes);
    changes.network.hidden.push(2);
    changes.rate.to = 5;
    assert.deepEqual(config.network.hidden, [1]);
    assert.deepEqual(config.rate, { from: 1, to: 2 });
  });

  it('refuses an unknown key and says which is near', () => {
    refused({ gama: 1 }, 'config: unknown key gama; did you mean gamma?');
    refused({ network: { hiden: [1] } }, 'config: unknown key network.hiden; did you mean hidden?');
    refused({ temperature: 1 }, 'config: unknown key temperature');
    refused({ gama: undefined }, 'config: unknown key gama; did you mean gamma?');
  });

  it('refuses what every kind of field does not take, and names it', () => {
    const bad: Record<string, { expected: string; values: unknown[] }> = {
      steps: { expected: 'a positive integer', values: [0, -1, 1.5, 2 ** 53, '3', true, null, [1]] },
      seed: { expected: 'a non-negative integer', values: [-1, 0.5, 2 ** 53, '3', {}] },
      gamma: { expected: 'a number in [0, 1]', values: [-0.1, 1.1, '0.5', null, [0.5]] },
      scale: { expected: 'a number', values: ['1', null, false] },
      floor: { expected: 'a number ≥ 0', values: [-1e-9, '1'] },
      norm: { expected: 'true or false', values: [0, 1, 'true', null] },
      mode: { expected: 'one of NEXT, SAME', values: ['next', '', 0, ['NEXT'], null] },
      rate: {
        expected: 'a number ≥ 0, or {"from": a, "to": b, "shape": "linear" | "cosine"}',
        values: [
          -1,
          '1',
          null,
          [],
          [1, 2],
          {},
          { from: 1 },
          { from: 1, to: -1 },
          { from: '1', to: 0 },
          { from: 1, to: 0, shape: 'square' },
          { from: 1, to: 0, by: 2 },
        ],
      },
      layers: {
        expected: 'a list of {width, norm}',
        values: [
          ...[{}, null, 3, [3], [null], [{}], [{ width: 1 }], [{ width: 0, norm: true }]],
          ...[[{ width: 1, norm: 1 }], [{ width: 1, norm: true, depth: 1 }], { width: 1, norm: true }],
        ],
      },
      hidden: {
        expected: 'a list of positive integers',
        values: [64, '64', [0], [1.5], ['1'], [[1]], {}, null],
      },
    };
    for (const [key, { expected, values }] of Object.entries(bad)) {
      for (const value of values) {
        const [changes, name] =
          key === 'hidden' ? [{ network: { hidden: value } }, 'network.hidden'] : [{ [key]: value }, key];
        refused(changes, `config ${name}: expected ${expected}, got ${JSON.stringify(value)}`);
      }
    }
  });

  it('says what it got where JSON cannot', () => {
    refused({ gamma: Number.NaN }, 'config gamma: expected a number in [0, 1], got NaN');
    refused({ scale: Number.POSITIVE_INFINITY }, 'config scale: expected a number, got Infinity');
    refused({ seed: 3n }, 'config seed: expected a non-negative integer, got 3');
    refused({ norm: Symbol('yes') }, 'config norm: expected true or false, got Symbol(yes)');
  });

  it('takes what every kind of field takes', () => {
    const good: Record<string, unknown[]> = {
      steps: [1, 2 ** 53 - 1],
      seed: [0, 2 ** 53 - 1],
      gamma: [0, 1, 0.3],
      scale: [-1e300, 0],
      floor: [0, 1e9],
      norm: [true, false],
      mode: ['NEXT', 'SAME'],
      layers: [[], [{ width: 1, norm: false }], [1, 2].map((width) => ({ width, norm: true }))],
      rate: [0, 0.5, { from: 0, to: 1 }, { from: 1, to: 0, shape: 'cosine' }],
    };
    for (const [key, values] of Object.entries(good)) {
      for (const value of values)
        assert.deepEqual(configure(schema, { [key]: value }), { ...defaults, [key]: value });
    }
    for (const hidden of [[], [1], [3, 7, 2]])
      assert.deepEqual(configure(schema, { network: { hidden } }).network.hidden, hidden);
  });

  it('refuses what is no object, at the root and below', () => {
    for (const changes of [null, 3, 'gamma', true, [], [1]]) {
      refused(changes, `config (root): expected an object, got ${JSON.stringify(changes)}`);
      refused({ network: changes }, `config network: expected an object, got ${JSON.stringify(changes)}`);
    }
    refused(undefined, 'config (root): expected an object, got undefined');
    refused(new Map([['gamma', 0.5]]), 'config (root): expected an object, got {}');
  });

  it('cannot reach a prototype', () => {
    for (const text of [
      '{"__proto__": {"polluted": 1}}',
      '{"constructor": {"prototype": {"polluted": 1}}}',
      '{"network": {"__proto__": {"polluted": 1}}}',
      '{"toString": 1}',
      '{"rate": {"__proto__": 1, "from": 1, "to": 0}}',
      '{"network": {"gains": {"hasOwnProperty": 1}}}',
    ]) {
      assert.throws(
        () => configure(schema, JSON.parse(text)),
        { name: 'ConfigError', message: /unknown key|expected a number ≥ 0/ },
        text,
      );
    }
    assert.equal((Object.prototype as { polluted?: number }).polluted, undefined);
  });

  it('gives for any input a configuration of the schema’s form or a ConfigError', () => {
    const fields = Object.keys(schema);
    const changes = fc.dictionary(
      fc.oneof(fc.constantFrom(...fields), fc.string()),
      fc.oneof(fc.anything(), fc.integer(), fc.double(), fc.constantFrom('NEXT', 'SAME', true, 1, 0.5)),
      { maxKeys: 3 },
    );
    const shapeOf = (schema: Schema): unknown =>
      Object.fromEntries(
        Object.entries(schema).map(([key, entry]) => [
          key,
          'accepts' in entry ? null : shapeOf(entry as Schema),
        ]),
      );
    fc.assert(
      fc.property(changes, (changes) => {
        try {
          const config = configure(schema, changes);
          assert.deepEqual(Object.keys(config), Object.keys(shapeOf(schema) as object));
          assertFrozen(config);
          // What it accepted, it accepts again: it comes back from JSON as it was.
          assert.deepEqual(configure(schema, JSON.parse(JSON.stringify(config))), config);
        } catch (error) {
          assert.ok(error instanceof ConfigError, `${error}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});
