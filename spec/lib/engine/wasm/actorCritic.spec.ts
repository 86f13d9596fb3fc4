import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Arena, bytesOf } from '../../../../lib/arena.ts';
import { ActorCritic } from '../../../../lib/engine/wasm/actorCritic.ts';
import { type ActorCriticOptions, countChoices } from '../../../../lib/engine/wasm/actorCriticOptions.ts';
import { chooseBuild, layoutOf } from '../../../../lib/engine/wasm/kernels.ts';
import { assignTensors, tensorsOf } from '../../../../lib/engine/wasm/parameters.ts';
import { CheckpointError } from '../../../../lib/errors.ts';
import { forward, networks, noise, plain, randomTensors, runs, shapesOf } from './reference.ts';

const seeds = fc.nat(2 ** 31);
const builds = fc.boolean();

const specs = (inputs: number, n: number) =>
  ({ observations: ['f32', inputs * n], indices: ['u32', n] }) as const;

function open(options: ActorCriticOptions, n: number, deterministic = false) {
  const bytes = bytesOf(ActorCritic.columns(options, layoutOf(chooseBuild(deterministic))));
  const arena = new Arena(bytes + bytesOf(specs(options.inputs, n)), { deterministic });
  const network = new ActorCritic(options, arena);
  return { arena, network, ...arena.take(specs(options.inputs, n)) };
}

/** Logits and values of the block that was computed last. */
function read({ arena, options, passes }: ActorCritic, n: number) {
  const [{ policy, values }] = passes;
  const heap = new Float32Array(arena.memory.buffer);
  const stride = arena.kernels.stride();
  return Array.from({ length: n }, (_, s) => ({
    logits: Array.from({ length: countChoices(options) }, (_, a) => heap[policy / 4 + a * stride + s]),
    value: heap[values / 4 + s],
  }));
}

/** Float32 rounds each product and sum: a bound on what a layer of the sizes here can lose. */
const tolerance = 3e-5;

function assertNear(actual: readonly number[], expected: readonly number[], what: string): void {
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [k, value] of expected.entries())
    assert.ok(
      Math.abs(actual[k] - value) <= tolerance * scale,
      `${what}[${k}]: ${actual[k]}, expected ${value}`,
    );
}

describe('ActorCritic', () => {
  it('has PyTorch’s tensors: names and shapes', () => {
    fc.assert(
      fc.property(networks, (options) => {
        const tensors = open(options, 1).network.tensors();
        const shapes = Object.fromEntries(
          Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]]),
        );
        assert.deepEqual(shapes, shapesOf(options));
        for (const { data } of Object.values(tensors)) assert.ok(data.every((weight) => weight === 0));
      }),
      runs(30),
    );
  });

  it('computes what a scalar network computes in float64', () => {
    fc.assert(
      fc.property(
        networks,
        seeds,
        fc.integer({ min: 1, max: 128 }),
        fc.boolean(),
        builds,
        (options, seed, n, training, deterministic) => {
          const { network, observations } = open(options, n, deterministic);
          const weights = randomTensors(shapesOf(options), seed);
          network.load(weights);
          observations.set(Float32Array.from(observations, noise(seed + 1)));
          network.passes[0].forward(observations, 0, 0, n, training);
          for (const [s, { logits, value }] of read(network, n).entries()) {
            const seen = [...observations.subarray(s * options.inputs, (s + 1) * options.inputs)];
            const expected = forward(weights, options.network, seen);
            assertNear([...logits, value], [...expected.logits, expected.value], `sample ${s}`);
          }
        },
      ),
      runs(60),
    );
  });

  it('gives a row the same bits, whoever its neighbours are and wherever it stands', () => {
    fc.assert(
      fc.property(
        networks,
        seeds,
        fc.integer({ min: 1, max: 128 }),
        fc.nat(),
        builds,
        (options, seed, n, pick, deterministic) => {
          const { network, observations, indices } = open(options, 200, deterministic);
          network.initialize(seed);
          observations.set(Float32Array.from(observations, noise(seed)));
          network.passes[0].forward(observations, 7, 0, 1, false);
          const [alone] = read(network, 1);
          const place = pick % n;
          for (let s = 0; s < n; s++) indices[s] = (pick + 31 * s) % 200;
          indices[place] = 7;
          network.passes[0].forward(observations, 0, indices.byteOffset, n, false);
          assert.deepEqual(read(network, n)[place], alone);
          // Others may be no numbers at all.
          observations.fill(Number.NaN, 8 * options.inputs);
          network.passes[0].forward(observations, 0, indices.byteOffset, n, false);
          assert.deepEqual(read(network, n)[place], alone);
        },
      ),
      runs(60),
    );
  });

  it('is not changed by what a larger block left behind', () => {
    fc.assert(
      fc.property(networks, seeds, fc.integer({ min: 1, max: 20 }), (options, seed, n) => {
        const { network, observations } = open(options, 128);
        network.initialize(seed);
        observations.set(Float32Array.from(observations, noise(seed)));
        network.passes[0].forward(observations, 0, 0, n, true);
        const before = read(network, n);
        const rest = observations.subarray(n * options.inputs);
        rest.fill(Number.NaN);
        network.passes[0].forward(rest, 0, 0, 128 - n, true);
        network.passes[0].forward(observations, 0, 0, n, true);
        assert.deepEqual(read(network, n), before);
      }),
      runs(40),
    );
  });

  it('gives back the tensors it has taken on, and keeps its padding 0', () => {
    fc.assert(
      fc.property(networks, seeds, (options, seed) => {
        const { network } = open(options, 1);
        const weights = randomTensors(shapesOf(options), seed);
        network.load(weights);
        assert.deepEqual(network.tensors(), weights);
        const real = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
        assert.ok(network.parameters.filter((weight) => weight !== 0).length <= real);
        const vector = new Float32Array(network.parameters.length).fill(7);
        assignTensors(network.segments, weights, vector);
        assert.deepEqual(tensorsOf(network.segments, vector), weights);
        assert.equal(vector.filter((weight) => weight === 7).length, vector.length - real);
      }),
      runs(40),
    );
  });

  it('begins with orthogonal weights of the right gains and biases of 0, the same for the same seed', () => {
    const gains = { hidden: 1.5, policy: 0.01, value: 2 };
    fc.assert(
      fc.property(networks, seeds, (options, seed) => {
        const own = { ...options, network: { ...options.network, gains } };
        const weights = open(own, 1).network.initialize(seed).tensors();
        assert.deepEqual(open(own, 1).network.initialize(seed).tensors(), weights);
        const last = 2 * options.network.hidden.length;
        for (const [name, { shape, data }] of Object.entries(weights)) {
          if (name.endsWith('bias')) {
            assert.ok(data.every((bias) => bias === 0));
            continue;
          }
          const head: Record<string, number> = {
            policy: gains.policy,
            value: gains.value,
            [`actor.${last}`]: gains.policy,
            [`critic.${last}`]: gains.value,
          };
          const gain = head[name.slice(0, -'.weight'.length)] ?? gains.hidden;
          // As many unit vectors as the shorter side has, times gain: the sum of squares says so.
          const squares = (data as Float32Array).reduce((sum, weight) => sum + weight ** 2, 0);
          const expected = gain ** 2 * Math.min(...shape);
          assert.ok(
            Math.abs(squares - expected) < 1e-5 * expected,
            `${name}: ${squares}, expected ${expected}`,
          );
        }
      }),
      runs(30),
    );
  });

  it('draws every matrix anew', () => {
    const options = {
      inputs: 8,
      choices: [4],
      network: { ...plain, hidden: [8, 8], activation: 'tanh', shared: false },
    } as const;
    const weights = open(options, 1).network.initialize(5).tensors();
    const squares = ['actor.0', 'actor.2', 'critic.0', 'critic.2'].map((name) =>
      weights[`${name}.weight`].data.join(),
    );
    assert.equal(new Set(squares).size, 4);
    assert.notDeepEqual(open(options, 1).network.initialize(6).tensors(), weights);
  });

  it('refuses weights that do not fit, and then nothing has changed', () => {
    const options = {
      inputs: 3,
      choices: [2],
      network: { ...plain, hidden: [5], activation: 'relu', shared: true },
    } as const;
    const { network, observations } = open(options, 1);
    const weights = randomTensors(shapesOf(options), 1);
    network.load(weights);
    observations.fill(0.5);
    network.passes[0].forward(observations, 0, 0, 1, false);
    const before = read(network, 1);
    const { 'value.bias': _, ...missing } = weights;
    const cases: [typeof weights, RegExp][] = [
      [missing, /expected agent\.value\.bias as Float32Array \[1\], got none/],
      [
        { ...weights, 'policy.weight': weights['trunk.0.weight'] },
        /agent\.policy\.weight as Float32Array \[2, 5\], got Float32Array \[5, 3\]/,
      ],
      [{ ...weights, 'policy.bias': { shape: [2], data: new Float64Array(2) } }, /got Float64Array \[2\]/],
      [{}, /got none/],
    ];
    for (const [bad, message] of cases) {
      assert.throws(
        () => network.load(bad),
        (error) => {
          assert.ok(error instanceof CheckpointError);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.throws(() => ActorCritic.from(options, bad, open(options, 1).arena), CheckpointError);
    }
    assert.deepEqual(network.tensors(), weights);
    network.passes[0].forward(observations, 0, 0, 1, false);
    assert.deepEqual(read(network, 1), before);
  });
});
