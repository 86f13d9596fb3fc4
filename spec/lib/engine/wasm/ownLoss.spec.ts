import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { PpoLearner, type PpoLearnerConfig } from '../../../../lib/engine/wasm/ppoLearner.ts';
import type { LossTerm } from '../../../../lib/lossTerm.ts';
import type { OwnOptimizer } from '../../../../lib/ownOptimizer.ts';
import type { Estimate } from '../../../../lib/records.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { forward, networks, noise, plain, randomTensors, runs, shapesOf } from './reference.ts';

/** Of PPO's own loss nothing is left where advantages are 0. */
const bare: PpoLearnerConfig = {
  learningRate: 0.01,
  adamEps: 1e-5,
  normAdv: false,
  clipCoef: 0.2,
  clipVloss: false,
  entCoef: 0,
  vfCoef: 0,
  maxGradNorm: 0.5,
};

/** ½ Σ logits² + return · value */
const term: LossTerm = {
  name: 'own',
  differentiate({ n, stride, outputs, dOutputs, values, dValues, scales, indices, columns }) {
    let sum = 0;
    for (let s = 0; s < n; s++) {
      for (let at = s; at < outputs.length; at += stride) {
        sum += scales[s] * 0.5 * outputs[at] ** 2;
        dOutputs[at] += scales[s] * outputs[at];
      }
      const goal = columns.returns[indices[s]];
      sum += scales[s] * goal * values[s];
      dValues[s] += scales[s] * goal;
    }
    return sum;
  },
};

function open(options: ActorCriticOptions, rows: number, seed: number) {
  const arena = new Arena(6e6, { deterministic: true });
  const network = ActorCritic.from(options, randomTensors(shapesOf(options), seed), arena);
  const learner = new PpoLearner(network, bare, () => 0);
  const columns = arena.take({
    observations: ['f32', rows * options.inputs],
    actions: ['i32', rows * options.choices.length],
    logProbs: ['f32', rows],
    advantages: ['f32', rows],
    returns: ['f32', rows],
    values: ['f32', rows],
    weights: ['f32', rows],
    indices: ['u32', rows],
  });
  const next = noise(seed + 1);
  for (const column of [columns.observations, columns.returns]) column.set(column.map(next));
  // Every third row is not to be learned from, but for the first.
  columns.weights.set(columns.weights.map((_, r) => (r % 3 === 1 ? 0 : 2)));
  columns.indices.set(columns.indices.map((_, r) => rows - 1 - r));
  const { indices, ...others } = columns;
  const update = () =>
    immediate(learner.update({ kind: 'minibatch', columns: others as unknown as Estimate, indices }));
  return { network, learner, columns, update };
}

const small: ActorCriticOptions = {
  inputs: 3,
  choices: [4],
  network: { ...plain, hidden: [7, 5], activation: 'tanh', shared: true },
};

describe('A loss term of one’s own', () => {
  it('is what it says in float64, over the samples that count, and its gradient is that of central differences', () => {
    fc.assert(
      fc.property(networks, fc.constantFrom(1, 5, 129, 260), fc.nat(1e6), (options, rows, seed) => {
        const { network, learner, columns, update } = open(options, rows, seed);
        const tensors = Object.fromEntries(
          Object.entries(network.tensors()).map(([name, { shape, data }]) => [
            name,
            { shape, data: Float64Array.from(data) },
          ]),
        );
        const counted = Array.from(columns.weights.keys()).filter((r) => columns.weights[r] !== 0);
        const loss = () => {
          let sum = 0;
          for (const r of counted) {
            const seen = columns.observations.subarray(r * options.inputs, (r + 1) * options.inputs);
            const { logits, value } = forward(tensors, options.network, [...seen]);
            sum += logits.reduce((part, l) => part + 0.5 * l * l, columns.returns[r] * value);
          }
          return sum / counted.length;
        };
        const expected = loss();
        learner.addTerm(term);
        const losses = update();
        assert.ok(Math.abs(losses.own - expected) <= 1e-5 * Math.max(1, Math.abs(expected)));
        assert.equal(losses.loss, losses.own);
        const next = noise(seed);
        for (const [name, { data }] of Object.entries(tensors)) {
          const i = Math.floor(((next() + 1) / 2) * data.length);
          const [weight, step] = [data[i], 1e-6];
          data[i] = weight + step;
          const above = loss();
          data[i] = weight - step;
          const difference = (above - loss()) / (2 * step);
          data[i] = weight;
          const gradient = learner.gradients[name].data[i];
          assert.ok(
            Math.abs(gradient - difference) <= 1e-3 * Math.max(1, losses.gradNorm),
            `${name}[${i}]: ${gradient}, expected ${difference}`,
          );
        }
      }),
      runs(20),
    );
  });

  it('has a name that nothing else is reported under', () => {
    const { learner } = open(small, 5, 1);
    assert.throws(() => learner.addTerm({ ...term, name: 'entropy' }), /addTerm: .* got entropy/);
    learner.addTerm(term);
    assert.throws(() => learner.addTerm(term), /addTerm: .* got own again/);
  });
});

/** Adam, in float64 but for what it remembers. */
const adam: OwnOptimizer = {
  state: ['m', 'v'],
  step({ parameters, gradients, scale, learningRate, updates, state: { m, v } }) {
    for (let i = 0; i < parameters.length; i++) {
      const g = scale * gradients[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const rms = Math.sqrt(v[i] / (1 - 0.999 ** updates)) + bare.adamEps;
      parameters[i] -= (learningRate * (m[i] / (1 - 0.9 ** updates))) / rms;
    }
  },
};

describe('An optimizer of one’s own', () => {
  it('is given all that Adam needs, and remembers', () => {
    const [own, built] = [open(small, 40, 3), open(small, 40, 3)];
    own.learner.stepBy(adam);
    for (const { learner, update } of [own, built]) {
      learner.addTerm(term);
      for (let k = 0; k < 4; k++) update();
    }
    const expected = [built.network.tensors(), built.learner.save().tensors];
    for (const [k, tensors] of [own.network.tensors(), own.learner.save().tensors].entries()) {
      assert.deepEqual(Object.keys(tensors).sort(), Object.keys(expected[k]).sort());
      for (const [name, { data }] of Object.entries(tensors))
        for (const [i, x] of data.entries())
          assert.ok(Math.abs(x - expected[k][name].data[i]) <= 1e-5, `${name}[${i}]`);
    }
  });

  it('does no harm to what belongs to nobody', () => {
    const { network, learner, update } = open(small, 40, 3);
    learner.addTerm(term);
    learner.stepBy({
      state: [],
      step({ parameters, gradients }) {
        for (let i = 0; i < parameters.length; i++)
          parameters[i] -= 0.01 * (gradients[i] / Math.abs(gradients[i]));
      },
    });
    const first = update();
    assert.ok(network.parameters.every(Number.isFinite));
    assert.ok(update().loss < first.loss);
  });

  it('is there from the first step on', () => {
    const { learner, update } = open(small, 5, 1);
    update();
    assert.throws(
      () => learner.stepBy(adam),
      /stepBy: expected a learner before its first step, got one after 1/,
    );
  });
});
