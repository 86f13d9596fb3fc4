import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena } from '../../../../lib/arena.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import type { ActorCriticOptions } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { assignTensors } from '../../../../lib/engine/wasm/parameters.ts';
import { PpoLearner, type PpoLearnerConfig } from '../../../../lib/engine/wasm/ppoLearner.ts';
import { CheckpointError, DivergenceError } from '../../../../lib/errors.ts';
import type { Saved, Tensor } from '../../../../lib/nouns.ts';
import type { Estimate, Minibatch } from '../../../../lib/records.ts';
import { immediate } from '../../../../lib/workers/crew.ts';
import { jointLogProb } from '../../../kernels/reference/categorical.ts';
import { ppoTerms } from '../../../kernels/reference/ppoLoss.ts';
import { forward, networks, noise, plain, randomTensors, runs, shapesOf, type Tensors } from './reference.ts';

const base: PpoLearnerConfig = {
  learningRate: 1e-3,
  adamEps: 1e-5,
  normAdv: true,
  clipCoef: 0.2,
  clipVloss: true,
  entCoef: 0.01,
  vfCoef: 0.5,
  maxGradNorm: 0.5,
};

const small: ActorCriticOptions = {
  inputs: 3,
  choices: [4],
  network: { ...plain, hidden: [7, 5], activation: 'tanh', shared: false },
};

const configs: fc.Arbitrary<PpoLearnerConfig> = fc.record({
  learningRate: fc.constant(1e-3),
  adamEps: fc.constantFrom(1e-5, 1e-8),
  normAdv: fc.boolean(),
  clipCoef: fc.constantFrom(0.1, 0.2),
  clipVloss: fc.boolean(),
  entCoef: fc.constantFrom(0, 0.01, 0.5),
  vfCoef: fc.constantFrom(0, 0.5, 1),
  maxGradNorm: fc.constantFrom(0.01, 0.5, 100),
});

interface Setup {
  readonly options?: ActorCriticOptions;
  readonly config?: Partial<PpoLearnerConfig>;
  /** Rows of the columns. */
  readonly rows?: number;
  readonly seed?: number;
  readonly deterministic?: boolean;
  readonly progress?: () => number;
}

function open({
  options = small,
  config,
  rows = 40,
  seed = 1,
  deterministic = true,
  progress = () => 0,
}: Setup = {}) {
  const arena = new Arena(6e6, { deterministic });
  const weights = randomTensors(shapesOf(options), seed);
  const network = ActorCritic.from(options, weights, arena);
  const learner = new PpoLearner(network, { ...base, ...config }, progress);
  const columns = arena.take({
    observations: ['f32', rows * options.inputs],
    actions: ['i32', rows * options.choices.length],
    logProbs: ['f32', rows],
    advantages: ['f32', rows],
    returns: ['f32', rows],
    values: ['f32', rows],
    order: ['u32', rows],
  });
  const next = noise(seed + 1);
  columns.observations.set(Float32Array.from(columns.observations, next));
  for (let r = 0; r < rows; r++) {
    const { logits, value } = forward(weights, options.network, observation(columns, options, r));
    const actions = options.choices.map((n) => Math.floor(((next() + 1) / 2) * n));
    columns.actions.set(actions, r * actions.length);
    // Ratios and value changes on both sides of the clip range.
    columns.logProbs[r] = jointLogProb(logits, options.choices, actions) + 0.4 * next();
    columns.values[r] = value + 0.5 * next();
    columns.returns[r] = value + 2 * next();
    columns.advantages[r] = 3 * next() + 0.5;
    // A permutation: 7 shares no factor with a number of rows that it does not divide.
    columns.order[r] = rows % 7 === 0 ? rows - 1 - r : (7 * r + 3) % rows;
  }
  const minibatch = (n = rows, from = 0): Minibatch<Estimate> => ({
    kind: 'minibatch',
    columns: columns as unknown as Estimate,
    indices: columns.order.subarray(from, from + n),
  });
  const update = (n = rows) => immediate(learner.update(minibatch(n)));
  return { arena, network, learner, columns, minibatch, update, options };
}

type Opened = ReturnType<typeof open>;

function observation(
  { observations }: Opened['columns'],
  { inputs }: ActorCriticOptions,
  row: number,
): number[] {
  return [...observations.subarray(row * inputs, (row + 1) * inputs)];
}

/** Means over the first n samples of the minibatch: policy loss, value loss, entropy, KL, old KL, clipped; and the loss. */
function reference({ columns, options }: Opened, config: PpoLearnerConfig, n: number, tensors: Tensors) {
  const rows = [...columns.order.subarray(0, n)];
  const advantages = rows.map((r) => columns.advantages[r]);
  const average = advantages.reduce((a, b) => a + b, 0) / n;
  const variance = advantages.reduce((sum, x) => sum + (x - average) ** 2, 0) / (n - 1);
  const normal = config.normAdv && n > 1;
  const { clipCoef, entCoef } = config as { clipCoef: number; entCoef: number };
  const terms = {
    clipCoef,
    vfClip: config.clipVloss ? clipCoef : Number.POSITIVE_INFINITY,
    entCoef,
    vfCoef: config.vfCoef,
    mean: normal ? average : 0,
    invStd: normal ? 1 / (Math.sqrt(variance) + 1e-8) : 1,
    dualClip: Number.POSITIVE_INFINITY,
    weight: 1 / n,
  };
  const sums = [0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    const { logits, value } = forward(tensors, options.network, observation(columns, options, row));
    const sample = {
      logits,
      value,
      sizes: options.choices,
      actions: [...columns.actions.subarray(row * options.choices.length)].slice(0, options.choices.length),
      logProb: columns.logProbs[row],
      advantage: columns.advantages[row],
      return: columns.returns[row],
      oldValue: columns.values[row],
    };
    for (const [k, term] of ppoTerms(sample, terms).entries()) sums[k] += term / n;
  }
  const [policyLoss, valueLoss, entropy, approxKl, oldApproxKl, clipFraction] = sums;
  const loss = policyLoss - entCoef * entropy + config.vfCoef * valueLoss;
  return { loss, policyLoss, valueLoss, entropy, approxKl, oldApproxKl, clipFraction };
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(127, 128, 129, 260));
const seeds = fc.nat(2 ** 31);

const norm = (tensors: Record<string, Tensor>) =>
  Math.sqrt(
    Object.values(tensors).reduce(
      (sum, { data }) => sum + (data as Float32Array).reduce((s, g) => s + g * g, 0),
      0,
    ),
  );

describe('PpoLearner', () => {
  it('reports the losses of a scalar reference in float64', () => {
    fc.assert(
      fc.property(
        networks,
        configs,
        sizes,
        seeds,
        fc.boolean(),
        (options, config, n, seed, deterministic) => {
          const opened = open({ options, config, rows: n + 3, seed, deterministic });
          const expected = reference(opened, config, n, opened.network.tensors());
          const losses = opened.update(n);
          for (const [name, value] of Object.entries(expected)) {
            // A ratio at the very edge of the clip range counts as one sample more or less.
            const slack = name === 'clipFraction' ? 1.5 / n : 1e-4 * Math.max(1, Math.abs(value));
            assert.ok(Math.abs(losses[name] - value) <= slack, `${name}: ${losses[name]}, expected ${value}`);
          }
          assert.ok(Math.abs(losses.gradNorm - norm(opened.learner.gradients)) <= 1e-5 * losses.gradNorm);
        },
      ),
      runs(40),
    );
  });

  it('has the gradient that central differences of the reference have', () => {
    let checked = 0;
    let kinks = 0;
    fc.assert(
      fc.property(
        networks,
        configs,
        sizes,
        seeds,
        fc.boolean(),
        (options, config, n, seed, deterministic) => {
          const opened = open({ options, config, rows: n + 3, seed, deterministic });
          const tensors = Object.fromEntries(
            Object.entries(opened.network.tensors()).map(([name, { shape, data }]) => [
              name,
              { shape, data: Float64Array.from(data) },
            ]),
          );
          opened.update(n);
          const gradients = opened.learner.gradients;
          const scale = Math.max(1, norm(gradients));
          const names = Object.keys(tensors);
          const next = noise(seed);
          const at = (count: number) => Math.floor(((next() + 1) / 2) * count);
          for (let k = 0; k < Math.ceil(200 / n); k++) {
            const name = names[at(names.length)];
            const { data } = tensors[name];
            const i = at(data.length);
            const weight = data[i];
            const h = 1e-5;
            const [below, here, above] = [-h, 0, h].map((move) => {
              data[i] = weight + move;
              return reference(opened, config, n, tensors).loss;
            });
            data[i] = weight;
            checked++;
            // At a kink the slopes to the left and to the right differ, and the gradient may be either.
            if (Math.abs(above - 2 * here + below) / h > 2e-4 * scale) {
              kinks++;
              continue;
            }
            const expected = (above - below) / (2 * h);
            const got = gradients[name].data[i];
            assert.ok(Math.abs(got - expected) < 2e-4 * scale, `${name}[${i}]: ${got}, expected ${expected}`);
          }
        },
      ),
      runs(60),
    );
    assert.ok(kinks < 0.05 * checked, `${kinks} kinks of ${checked}`);
  });

  it('takes Adam’s steps by the gradient, clipped to its global norm', () => {
    fc.assert(
      fc.property(configs, seeds, fc.boolean(), (config, seed, deterministic) => {
        const { network, learner, update } = open({ config, seed, deterministic });
        const moments = new Map<string, { m: Float64Array; v: Float64Array }>();
        for (let step = 1; step <= 4; step++) {
          const before = network.tensors();
          const { gradNorm } = update();
          const after = network.tensors();
          const scale = Math.min(1, config.maxGradNorm / (gradNorm + 1e-6));
          for (const [name, { data }] of Object.entries(learner.gradients)) {
            const { m, v } = moments.get(name) ?? {
              m: new Float64Array(data.length),
              v: new Float64Array(data.length),
            };
            moments.set(name, { m, v });
            for (const [i, gradient] of data.entries()) {
              const g = scale * gradient;
              m[i] = 0.9 * m[i] + 0.1 * g;
              v[i] = 0.999 * v[i] + 0.001 * g * g;
              const move =
                m[i] / (1 - 0.9 ** step) / (Math.sqrt(v[i] / (1 - 0.999 ** step)) + config.adamEps);
              const expected = before[name].data[i] - 1e-3 * move;
              assert.ok(Math.abs(after[name].data[i] - expected) < 1e-6, `${name}[${i}] after step ${step}`);
            }
          }
        }
      }),
      runs(30),
    );
  });

  it('lowers the loss on a batch it sees again and again', () => {
    for (const shared of [false, true]) {
      for (const activation of ['tanh', 'relu', 'gelu'] as const) {
        const options = { ...small, network: { ...small.network, shared, activation } };
        const config = { learningRate: 3e-3, clipVloss: false, normAdv: false };
        const { update } = open({ options, config, rows: 200, seed: 4 });
        const losses = Array.from({ length: 300 }, () => update().loss);
        assert.ok(losses[299] < losses[0] - 0.1, `${activation}: from ${losses[0]} to ${losses[299]}`);
      }
    }
  });

  it('does not see rows that are not drawn, nor what a larger minibatch left behind', () => {
    fc.assert(
      fc.property(networks, fc.constantFrom(1, 5, 127, 128, 129, 1000), seeds, (options, n, seed) => {
        const fresh = open({ options, rows: 1100, seed });
        const used = open({ options, rows: 1100, seed });
        const [weights, state] = [used.network.tensors(), used.learner.save()];
        used.update(1100);
        used.network.load(weights);
        used.learner.load(state);
        const drawn = new Set(used.columns.order.subarray(0, n));
        for (let r = 0; r < 1100; r++) {
          if (drawn.has(r)) continue;
          used.columns.observations.fill(Number.NaN, r * options.inputs, (r + 1) * options.inputs);
          for (const name of ['logProbs', 'advantages', 'returns', 'values'] as const)
            used.columns[name][r] = Number.NaN;
          const width = options.choices.length;
          used.columns.actions.fill(-1, r * width, (r + 1) * width);
        }
        for (let step = 0; step < 2; step++) {
          assert.deepEqual(used.update(n), fresh.update(n));
          assert.deepEqual(used.network.tensors(), fresh.network.tensors());
        }
      }),
      runs(8),
    );
  });

  it('keeps the padding of its parameters 0', () => {
    fc.assert(
      fc.property(networks, sizes, seeds, fc.boolean(), (options, n, seed, deterministic) => {
        const { network, update } = open({ options, rows: n, seed, deterministic });
        const padding = new Float32Array(network.parameters.length).fill(1);
        assignTensors(network.segments, randomTensors(shapesOf(options), 0, 0), padding);
        for (let step = 0; step < 3; step++) update();
        for (const [i, weight] of network.parameters.entries()) if (padding[i]) assert.equal(weight, 0);
      }),
      runs(30),
    );
  });

  it('refuses what is not finite, the weights being untouched, and can go on', () => {
    const poisons = ['observations', 'advantages', 'returns', 'logProbs', 'values'] as const;
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const activation of ['tanh', 'relu', 'gelu'] as const) {
      for (const shared of [false, true]) {
        const options = { ...small, network: { ...small.network, activation, shared } };
        for (const name of poisons) {
          for (const value of values) {
            const { network, learner, columns, update } = open({ options });
            update();
            const [weights, state] = [network.tensors(), learner.save()];
            const column = columns[name];
            const was = column[4];
            column[4] = value;
            let refused = false;
            try {
              update();
            } catch (error) {
              assert.ok(error instanceof DivergenceError, `${error}`);
              assert.match(
                error.message,
                /^update 1: expected a finite loss and gradient, got loss .*, gradient norm/,
              );
              refused = true;
              assert.deepEqual(network.tensors(), weights);
              assert.deepEqual(learner.save(), state);
            }
            // An infinite old value may be clipped away: no harm done.
            if (Number.isNaN(value)) assert.ok(refused, `${activation}, shared ${shared}: NaN in ${name}`);
            for (const { data } of Object.values(network.tensors()))
              assert.ok((data as Float32Array).every(Number.isFinite), `${value} in ${name}`);
            column[4] = was;
            assert.ok(Number.isFinite(update().loss));
          }
        }
      }
    }
  });

  it('goes on bit for bit from what it saved', () => {
    fc.assert(
      fc.property(networks, seeds, fc.nat(5), (options, seed, steps) => {
        const one = open({ options, seed });
        for (let step = 0; step < steps; step++) one.update();
        const saved = structuredClone(one.learner.save());
        const two = open({ options, seed: seed + 1 });
        for (let step = 0; step < 3; step++) two.update();
        two.network.load(one.network.tensors());
        two.learner.load(saved);
        assert.deepEqual(two.learner.save(), saved);
        for (const [name, column] of Object.entries(two.columns)) column.set(one.columns[name as 'order']);
        for (let step = 0; step < 3; step++) {
          assert.deepEqual(two.update(), one.update());
          assert.deepEqual(two.network.tensors(), one.network.tensors());
        }
      }),
      runs(20),
    );
  });

  it('refuses a state that does not fit, and then nothing has changed', () => {
    const { learner, update } = open();
    update();
    const saved = learner.save();
    const { 'm.actor.0.bias': _, ...missing } = saved.tensors;
    const cases: [Saved, RegExp][] = [
      [
        { tensors: missing, values: saved.values },
        /expected optimizer\.m\.actor\.0\.bias as Float32Array \[7\], got none/,
      ],
      [{ tensors: saved.tensors, values: {} }, /expected optimizer\.updates, got none/],
      [
        { tensors: saved.tensors, values: { ...saved.values, klCoef: -1 } },
        /klCoef: expected a number ≥ 0, got -1/,
      ],
      [{ tensors: saved.tensors, values: { ...saved.values, updates: -1 } }, /got -1/],
      [open({ options: { ...small, inputs: 4 } }).learner.save(), /expected optimizer\.m\.actor\.0\.weight/],
    ];
    for (const [bad, message] of cases) {
      assert.throws(
        () => learner.load(bad),
        (error) => {
          assert.ok(error instanceof CheckpointError);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.deepEqual(learner.save(), saved);
    }
  });

  it('goes by its schedules', () => {
    let progress = 0;
    const config = {
      learningRate: { from: 1e-2, to: 0 },
      clipCoef: { from: 0.2, to: 0 },
      entCoef: { from: 0, to: 1 },
      maxGradNorm: 1e9,
      adamEps: 1e-12,
    };
    const { network, learner, update } = open({ config, progress: () => progress });
    const [weights, state] = [network.tensors(), learner.save()];
    const run = (done: number) => {
      network.load(weights);
      learner.load(state);
      progress = done;
      const losses = update();
      const after = network.tensors();
      const moves = Object.entries(weights).flatMap(([name, { data }]) =>
        [...data].map((w, i) => Math.abs(after[name].data[i] - w)),
      );
      return { losses, largest: Math.max(...moves) };
    };
    // Adam's first step is as long as the learning rate.
    for (const done of [0, 0.25, 0.5, 1]) assert.ok(Math.abs(run(done).largest - 1e-2 * (1 - done)) < 1e-6);
    for (const done of [0, 0.5, 1]) {
      const { loss, policyLoss, entropy, valueLoss } = run(done).losses;
      assert.ok(Math.abs(loss - (policyLoss - done * entropy + 0.5 * valueLoss)) < 1e-6);
    }
    assert.ok(run(0).losses.clipFraction < run(0.5).losses.clipFraction);
    assert.equal(run(1).losses.clipFraction, 1);
  });

  it('leaves the critic alone where its loss does not count', () => {
    const { learner, update } = open({ config: { vfCoef: 0 } });
    update();
    for (const [name, { data }] of Object.entries(learner.gradients))
      assert.equal(
        (data as Float32Array).every((g) => g === 0),
        name.startsWith('critic'),
        name,
      );
  });

  it('refuses an epsilon of 0, which would divide what has no gradient by nothing', () => {
    for (const adamEps of [0, -1e-5, 1e-50, Number.NaN]) {
      const message = `Optimizer: eps must be positive as a float32, got ${adamEps}`;
      assert.throws(() => open({ config: { adamEps } }), { name: 'RangeError', message });
    }
  });

  it('refuses a minibatch that is empty or lies in another memory', () => {
    const { network, learner, minibatch, columns } = open();
    const weights = network.tensors();
    assert.throws(() => immediate(learner.update(minibatch(0))), {
      name: 'RangeError',
      message: /expected a minibatch of at least one sample/,
    });
    const outside = { name: 'TypeError', message: /expected \w+ in the arena of the network/ };
    const elsewhere = new Arena(1000).take({ order: ['u32', 4] }).order;
    for (const indices of [Uint32Array.of(0, 1), elsewhere]) {
      assert.throws(() => immediate(learner.update({ ...minibatch(), indices })), outside);
    }
    const copied = { ...columns, observations: columns.observations.slice() } as unknown as Estimate;
    assert.throws(() => immediate(learner.update({ ...minibatch(), columns: copied })), outside);
    assert.deepEqual(network.tensors(), weights);
  });
});
