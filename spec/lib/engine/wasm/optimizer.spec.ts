import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { Optimizer, type OptimizerConfig } from '../../../../lib/engine/wasm/optimizer.ts';
import { assignTensors, type Segment, tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import type { Saved } from '../../../../lib/nouns.ts';
import { assertClose } from '../../../golden/golden.ts';
import { random, times } from '../../../kernels/random.ts';

const initial = { constant: 0 };
const segments: Segment[] = [
  { name: 'weight', shape: [3, 5], at: 0, rows: 3, columns: 5, pitch: 8, initial },
  { name: 'bias', shape: [3], at: 24, rows: 1, columns: 3, pitch: 4, initial },
];
const size = 28;

type Kind = OptimizerConfig['kind'];
const kinds: Kind[] = ['adam', 'adamw', 'muon'];

function config(kind: Kind, given: Partial<OptimizerConfig> = {}): OptimizerConfig {
  const weightDecay = kind === 'adam' ? 0 : 0.01;
  return { kind, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay, ...given };
}

/** An optimizer of weights that the seed draws, and steps by gradients that it draws from there on. */
function open(
  kind: Kind,
  {
    seed = 1,
    layout = segments,
    ...given
  }: Partial<OptimizerConfig & { seed: number; layout: Segment[] }> = {},
) {
  const arena = new Arena(2 ** 16, { deterministic: true });
  const { parameters, gradients } = arena.take({ parameters: ['f32', size], gradients: ['f32', size] });
  const optimizer = new Optimizer(arena, parameters, layout, config(kind, given));
  const { uniform } = random(seed);
  const draw = (column: Float32Array) => {
    const data = (count: number) => Float32Array.from(times(count, () => uniform(-1, 1)));
    const tensors = { weight: { shape: [3, 5], data: data(15) }, bias: { shape: [3], data: data(3) } };
    assignTensors(layout, tensors, column);
  };
  draw(parameters);
  return {
    optimizer,
    parameters,
    weights: () => tensorsOf(layout, parameters),
    step(count = 1, learningRate = 0.1) {
      for (let i = 0; i < count; i++) {
        draw(gradients);
        optimizer.step(gradients.byteOffset, 0.5, learningRate);
      }
    },
    skip: (count: number) => times(count, () => draw(gradients)),
  };
}

describe('Optimizer', () => {
  for (const kind of kinds) {
    it(`${kind}: a step that is saved, loaded and gone on from equals one that was not`, () => {
      fc.assert(
        fc.property(fc.integer(), fc.nat(3), fc.nat(3), (seed, before, after) => {
          const whole = open(kind, { seed });
          whole.step(before);
          const saved = whole.optimizer.save();
          const copy = open(kind, { seed });
          copy.skip(before);
          copy.parameters.set(whole.parameters);
          copy.optimizer.load(saved);
          assert.deepEqual(copy.optimizer.save(), saved);
          whole.step(after);
          copy.step(after);
          assert.deepEqual(copy.parameters, whole.parameters);
          assert.deepEqual(copy.optimizer.save(), whole.optimizer.save());
        }),
        { numRuns: 20 },
      );
    });

    it(`${kind}: refuses what it has not saved, and keeps what it had`, () => {
      const { optimizer, step } = open(kind);
      step(2);
      const saved = optimizer.save();
      const damaged = (name: string, data: number[]): Saved => {
        const tensor = { ...saved.tensors[name], data: Float32Array.from(data) };
        return { ...saved, tensors: { ...saved.tensors, [name]: tensor } };
      };
      const cases: [Saved, RegExp][] = [
        [{ ...saved, values: { updates: -1 } }, /optimizer.updates as a count, got -1/],
        [{ ...saved, values: {} }, /expected optimizer.updates, got none/],
        [damaged('m.bias', [0, Number.NaN, 0]), /optimizer.m.bias\[1\].* got NaN/],
        [damaged('m.bias', [0, 0]), /expected optimizer.m.bias/],
        [open(kind === 'muon' ? 'adam' : 'muon').optimizer.save(), /optimizer.v.weight/],
      ];
      if (kind !== 'muon') {
        cases.push([damaged('v.bias', [0, -1, 0]), /optimizer.v.bias\[1\].* got -1/]);
        cases.push([damaged('m.bias', [9, 0, 0]), /optimizer.m.bias\[0\]: 9 cannot be/]);
      }
      for (const [bad, message] of cases) {
        assert.throws(() => optimizer.load(bad), message);
        assert.deepEqual(optimizer.save(), saved);
      }
    });
  }

  it('decays weights by the learning rate, apart from the gradient', () => {
    for (const kind of ['adamw', 'muon'] as const) {
      const [decayed, plain] = [open(kind, { weightDecay: 0.2 }), open(kind, { weightDecay: 0 })];
      const before = Array.from(plain.parameters);
      decayed.step(1, 0.25);
      plain.step(1, 0.25);
      const expected = plain.parameters.map((weight, i) => weight - 0.05 * before[i]);
      assertClose(decayed.parameters, expected, 1e-6, kind, 1);
    }
  });

  it('does to columns in any order what it does to them in order, and keeps what lies between at 0', () => {
    const order = Int32Array.of(6, 1, 0, 4, 3);
    const permuted = [{ ...segments[0], order }, segments[1]];
    for (const kind of kinds) {
      const [one, other] = [open(kind), open(kind, { layout: permuted })];
      one.step(3);
      other.step(3);
      const [expected, actual] = [one.weights(), other.weights()];
      for (const name of ['weight', 'bias'])
        assertClose(actual[name].data, expected[name].data, 1e-4, `${kind} ${name}`, 1);
      const taken = new Set([0, 8, 16].flatMap((row) => Array.from(order, (column) => row + column)));
      for (let i = 0; i < 24; i++) if (!taken.has(i)) assert.equal(other.parameters[i], 0);
    }
  });

  it('refuses settings that it cannot step by, by name', () => {
    const refused: [Kind, Partial<OptimizerConfig>, RegExp][] = [
      ['adam', { beta1: 1 }, /Optimizer: beta1 must be in \[0, 1\), got 1/],
      ['adamw', { beta2: -0.1 }, /Optimizer: beta2 must be in \[0, 1\), got -0.1/],
      ['adam', { eps: 1e-50 }, /Optimizer: eps must be positive as a float32, got 1e-50/],
      ['adam', { weightDecay: 0.1 }, /Optimizer: weightDecay must be 0 \(adamw has it\), got 0.1/],
      ['muon', { weightDecay: -1 }, /Optimizer: weightDecay must be at least 0, got -1/],
    ];
    for (const [kind, given, message] of refused) assert.throws(() => open(kind, given), message);
  });
});
