import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../../lib/arena.ts';
import { SacActor } from '../../../../../lib/engine/wasm/sac/sacActor.ts';
import { SacLearner, type SacLearnerConfig } from '../../../../../lib/engine/wasm/sac/sacLearner.ts';
import { TwinCritic } from '../../../../../lib/engine/wasm/sac/twinCritic.ts';
import { CheckpointError, DivergenceError } from '../../../../../lib/errors.ts';
import { immediate } from '../../../../../lib/workers/crew.ts';
import { random } from '../../../../kernels/random.ts';

const gains = { hidden: 1, policy: 1, value: 1 };

/** A learner, and minibatches of so many samples among `rows` transitions. */
function open(batchSize: number, changes: Partial<SacLearnerConfig> = {}, deterministic = true) {
  const arena = new Arena(2 ** 24, { deterministic });
  const network = { hidden: [12, 9], activation: 'tanh', gains, normalizeBytes: true } as const;
  const options = { inputs: 5, low: [-1, -2, 0], high: [1, 2, 3], network };
  const actor = new SacActor(options, arena).initialize(1);
  const critic = new TwinCritic(options, arena).initialize(1, 1);
  const config = {
    ...{ seed: 4, batchSize, policyLearningRate: 1e-3, qLearningRate: 1e-3, tau: 0.01, alpha: 0.5 },
    ...{ autotune: true, adamEps: 1e-8 },
    ...changes,
  };
  const learner = new SacLearner(actor, critic, config, () => 0);
  const rows = 2 * batchSize;
  const columns = arena.take({
    observations: ['f32', 5 * rows],
    nextObservations: ['f32', 5 * rows],
    actions: ['f32', 3 * rows],
    indices: ['u32', batchSize],
    nextIndices: ['u32', batchSize],
    returns: ['f32', batchSize],
    discounts: ['f32', batchSize],
    sampleWeights: ['f32', batchSize],
    errors: ['f32', batchSize],
  });
  const { uniform, below, chance } = random(9);
  for (const name of ['observations', 'nextObservations', 'actions', 'returns', 'sampleWeights'] as const)
    columns[name].set(columns[name].map(() => uniform(0, 1)));
  columns.discounts.set(columns.discounts.map(() => 0.9 * chance(0.8)));
  for (const name of ['indices', 'nextIndices'] as const)
    columns[name].set(columns[name].map(() => below(rows)));
  const { indices, ...own } = columns;
  const minibatch = { kind: 'minibatch', columns: own, indices } as const;
  const state = () => ({ actor: actor.tensors(), learner: learner.save() });
  return {
    actor,
    critic,
    learner,
    columns,
    state,
    minibatch,
    update: () => immediate(learner.update(minibatch)),
  };
}

describe('SacLearner', () => {
  it('computes what it would sample by sample: gradients of a minibatch are the mean of its parts', () => {
    // With learning rates 0 nothing changes, and the noise of a sample depends on its place only.
    const still = { policyLearningRate: 0, qLearningRate: 0, tau: 0 };
    const sizes = fc.constantFrom(1, 7, 128, 129, 300);
    fc.assert(
      fc.property(sizes, (size) => {
        const { actor, critic, learner, columns, update } = open(size, still);
        const losses = update();
        const whole = [learner.gradients.critic, learner.gradients.actor].map((g) => g.slice());
        assert.ok(Math.abs(losses.qf1Values) < 10);
        // Weights of 0 for all but the first half: its part of the critics' gradient.
        const weights = columns.sampleWeights.slice();
        const parts = [0, 1].map((half) => {
          columns.sampleWeights.set(weights.map((w, i) => (+(i < size / 2) === half ? w : 0)));
          const fresh = open(size, still);
          fresh.columns.sampleWeights.set(columns.sampleWeights);
          fresh.update();
          return fresh.learner.gradients.critic.slice();
        });
        const scale = Math.sqrt(whole[0].reduce((sum, g) => sum + g * g, 0));
        whole[0].forEach((g, i) => {
          assert.ok(Math.abs(parts[0][i] + parts[1][i] - g) < 1e-5 * scale);
        });
        assert.equal(actor.parameters.length, whole[1].length);
        assert.equal(critic.parameters.length, whole[0].length);
      }),
      { numRuns: 5 },
    );
  });

  it('tells its errors, half of either critic', () => {
    const { columns, update } = open(200, { qLearningRate: 0 });
    columns.sampleWeights.fill(1);
    const { qf1Loss, qf2Loss } = update();
    const squares = columns.errors.reduce((sum, error) => sum + error * error, 0) / 200;
    // (|a| + |b|)² / 4 lies between (a² + b²) / 4 and (a² + b²) / 2.
    assert.ok(squares >= (qf1Loss + qf2Loss) / 4 - 1e-5 && squares <= (qf1Loss + qf2Loss) / 2 + 1e-5);
  });

  it('saves all that it goes on by, and takes on nothing that does not fit', () => {
    const [uncut, first, second] = [open(150), open(150), open(150)];
    for (let k = 0; k < 6; k++) uncut.update();
    for (let k = 0; k < 3; k++) first.update();
    const saved = first.state();
    second.actor.load(saved.actor);
    second.learner.load(saved.learner);
    for (let k = 0; k < 3; k++) second.update();
    assert.deepEqual(second.state(), uncut.state());
    const { learner } = saved;
    const broken = Float64Array.of(0, 0, -1);
    for (const damaged of [
      { ...learner, values: { updates: -1 } },
      { ...learner, tensors: { ...learner.tensors, logAlpha: { shape: [3], data: broken } } },
      { ...learner, tensors: { logAlpha: learner.tensors.logAlpha } },
    ])
      assert.throws(() => second.learner.load(damaged), CheckpointError);
    assert.deepEqual(second.state(), uncut.state());
  });

  it('brings the entropy to minus the size of an action', () => {
    const { update } = open(256, { policyLearningRate: 3e-3, qLearningRate: 1e-2, alpha: 1 });
    let entropy = 0;
    for (let k = 0; k < 2500; k++) ({ entropy } = update());
    assert.ok(Math.abs(entropy + 3) < 0.7, `${entropy}`);
  });

  it('stops before a step by what is not finite, and refuses foreign columns', () => {
    const { columns, critic, update, learner, minibatch } = open(10);
    const foreign = { ...minibatch, columns: { ...minibatch.columns, actions: new Float32Array(60) } };
    assert.throws(() => learner.update(foreign), TypeError);
    assert.throws(
      () => learner.update({ ...minibatch, indices: columns.indices.subarray(0, 0) }),
      RangeError,
    );
    assert.throws(() => open(10, { adamEps: 0 }), RangeError);
    columns.returns[3] = Number.NaN;
    const before = critic.parameters.slice();
    assert.throws(update, DivergenceError);
    assert.deepEqual(critic.parameters, before);
  });
});
