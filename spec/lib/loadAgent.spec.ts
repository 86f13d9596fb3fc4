import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cartPole } from '../../envs/cartPole.ts';
import { policyOf, readAgent } from '../../lib/agentFile.ts';
import { encodeCheckpoint } from '../../lib/checkpoint.ts';
import { type ColumnarEnv, defineEnv } from '../../lib/env/env.ts';
import { vectorize } from '../../lib/env/vectorize.ts';
import { CheckpointError } from '../../lib/errors.ts';
import { openTeam } from '../../lib/evaluate.ts';
import { loadAgent } from '../../lib/loadAgent.ts';
import type { Decision, Observation } from '../../lib/records.ts';
import { box } from '../../lib/space/box.ts';
import { discrete } from '../../lib/space/discrete.ts';
import { sameSpace } from '../../lib/space/space.ts';
import type { AnyPipeline } from '../../pipelines/pipeline.ts';
import { ppo } from '../../pipelines/ppo.ts';
import { sac } from '../../pipelines/sac.ts';
import { logSoftmax } from '../kernels/reference/categorical.ts';
import { iterate } from '../pipelines/iterations.ts';
import { swing } from '../pipelines/worlds.ts';
import { bytesOfAgent, randomAgent } from './agent.ts';
import { forward } from './engine/wasm/reference.ts';

/** A space with a shape and a bound that float32 does not have. */
const grid = defineEnv({
  id: 'Grid-v0',
  observation: box(-0.1, 0.1, [2, 3]),
  action: discrete(4),
  state: {},
  reset() {},
  step() {},
  observe() {},
});

/** CartPole with episodes that are over soon. */
const short = defineEnv({ ...cartPole, id: 'Short-v0', maxEpisodeSteps: 7 });

const seen = fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 6, maxLength: 6 });

describe('loadAgent', () => {
  it('takes the action that the network finds most probable, and knows the value', () => {
    const file = randomAgent(grid, 3);
    const agent = loadAgent(bytesOfAgent(file));
    assert.ok(Number.isNaN(agent.value), 'nothing has been seen yet');
    fc.assert(
      fc.property(seen, (observation) => {
        const { logits, value } = forward(policyOf(file).weights, file.network, observation.map(Math.fround));
        const action = agent.act(observation);
        assert.ok(logits[action] >= Math.max(...logits) - 1e-5);
        assert.ok(Math.abs(agent.value - value) < 1e-5);
        // However it is written: nested, or float32.
        const nested = [observation.slice(0, 3), observation.slice(3)] as unknown as number[];
        for (const same of [nested, Float32Array.from(observation)]) assert.equal(agent.act(same), action);
      }),
    );
  });

  it('knows its env and spaces', () => {
    const { env, observation, action } = loadAgent(bytesOfAgent(randomAgent(grid)));
    assert.equal(env, 'Grid-v0');
    assert.ok(sameSpace(observation, grid.observation) && sameSpace(action, grid.action));
  });

  it('samples from a seed: reproducibly, and as often as softmax says', () => {
    const file = randomAgent(grid, 3);
    const bytes = bytesOfAgent(file);
    const observation = [0.1, -0.1, 0, 0.05, 0, -0.02];
    const play = (sampleSeed: number, n = 50) => {
      const agent = loadAgent(bytes, { sampleSeed });
      return Array.from({ length: n }, () => agent.act(observation));
    };
    assert.deepEqual(play(1), play(1));
    assert.notDeepEqual(play(1), play(2));
    const n = 5000;
    const actions = play(0, n);
    const probabilities = logSoftmax(
      forward(policyOf(file).weights, file.network, observation.map(Math.fround)).logits,
    ).map(Math.exp);
    for (const [a, p] of probabilities.entries()) {
      const count = actions.filter((action) => action === a).length;
      assert.ok(
        Math.abs(count - n * p) < 5 * Math.sqrt(n * p * (1 - p)),
        `${a}: ${count}, expected ${n * p}`,
      );
    }
    assert.throws(() => loadAgent(bytes, { sampleSeed: -1 }), RangeError);
  });

  it('acts on whatever its env shows', () => {
    const agent = loadAgent(bytesOfAgent(randomAgent(cartPole)));
    const envs = vectorize(cartPole, { numEnvs: 1, seed: 1 });
    for (let t = 0; t < 300; t++) {
      envs.actions[0] = agent.act(envs.observations);
      envs.advance();
    }
    const low = loadAgent(bytesOfAgent(randomAgent(grid)));
    for (const edge of [-0.1, 0.1]) low.act(new Float32Array(6).fill(edge));
  });

  it('acts as evaluation does, forgets where it is told to, and stays within the bounds of a Box', async () => {
    const wide = { initialLogStd: 1, gains: { policy: 3 }, hidden: [8] };
    const remembers = (kind: 'lstm' | 'gru' | 'minGru') => ({
      network: { ...wide, shared: true, memory: { kind, units: 8 } },
    });
    const normalised = { normalizeRewards: true, network: { ...wide, normalizeObservations: true } };
    const quick = { numEnvs: 2, numSteps: 16, numMinibatches: 1 };
    const cases: [ColumnarEnv, AnyPipeline, object][] = [
      [short, ppo, remembers('lstm')],
      [short, ppo, remembers('minGru')],
      [swing, ppo, remembers('gru')],
      [swing, ppo, normalised],
      [swing, sac, { numEnvs: 2, learningStarts: 4, batchSize: 8, network: { hidden: [8] } }],
    ];
    for (const [env, pipeline, config] of cases) {
      const { agent: bytes } = await iterate(env, pipeline, { ...(pipeline === ppo && quick), ...config }, 3);
      const team = openTeam(env, readAgent(bytes), 1, 7, true);
      const agent = loadAgent(bytes);
      const other = loadAgent(bytes);
      let differs = 0;
      for (let t = 0; t < 60; t++) {
        const seen = team.envs.observe() as Observation;
        const { actions, values } = team.act(seen) as Decision;
        if (seen.carried?.[0] === 0) agent.reset();
        const acted = agent.act(seen.observations);
        const action: number[] = typeof acted === 'number' ? [acted] : [...acted];
        if (env.action.type === 'Box') {
          assert.ok(env.action.contains(Float32Array.from(action)), `${action}`);
          const { low, high } = env.action;
          assert.equal(action[0], Math.min(high[0], Math.max(low[0], actions[0])));
        } else assert.equal(action[0], actions[0]);
        // SAC's critics stay behind.
        assert.equal(agent.value, pipeline === sac ? Number.NaN : values[0]);
        other.act(seen.observations);
        differs += +!Object.is(other.value, agent.value);
        team.envs.step({ ...seen, kind: 'decision', actions, values, logProbs: values });
      }
      // Who is not told of ends goes on with what it remembers.
      assert.equal(differs > 0, 'memory' in (config as { network: object }).network);
      team.close();
    }
  });

  it('refuses what is no observation, and keeps its last value', () => {
    const agent = loadAgent(bytesOfAgent(randomAgent(grid)));
    agent.act([0, 0, 0, 0, 0, 0]);
    const { value } = agent;
    const zeros = (n: number) => new Array(n).fill(0);
    const cases: [unknown, RegExp][] = [
      [zeros(5), /^act: observation: expected 6 numbers of shape \[2, 3\], got 5$/],
      [zeros(7), /expected 6 numbers of shape \[2, 3\], got 7$/],
      [[...zeros(5), 0.2], /^act: observation\[5\]: expected a finite number in \[-0.1, 0.1\], got 0.2$/],
      [[Number.NaN, ...zeros(5)], /observation\[0\]: .* got NaN$/],
      [['0', ...zeros(5)], /observation\[0\]/],
      [undefined, /got undefined$/],
      [null, /got null$/],
      [0, /got 0$/],
    ];
    for (const [observation, message] of cases)
      assert.throws(() => agent.act(observation as number[]), { name: 'RangeError', message });
    assert.equal(agent.value, value);
    const pole = loadAgent(bytesOfAgent(randomAgent(cartPole)));
    const message = 'act: observation[1]: expected a finite number in [-Infinity, Infinity], got Infinity';
    assert.throws(() => pole.act([0, Number.POSITIVE_INFINITY, 0, 0]), { name: 'RangeError', message });
  });

  it('reads a Buffer, as readFileSync gives it', () => {
    const bytes = bytesOfAgent(randomAgent(grid, 3));
    const observation = [0.1, -0.1, 0, 0.05, 0, -0.02];
    const [plain, buffer] = [bytes, Buffer.from(bytes)].map((bytes) => loadAgent(bytes));
    assert.equal(buffer.act(observation), plain.act(observation));
    assert.equal(buffer.value, plain.value);
  });

  it('refuses damaged bytes, and weights that do not fit the network', () => {
    const file = randomAgent(grid);
    const bytes = bytesOfAgent(file);
    assert.throws(() => loadAgent(bytes.subarray(0, 100)), CheckpointError);
    bytes[bytes.length - 1] ^= 1;
    assert.throws(() => loadAgent(bytes), CheckpointError);
    assert.throws(() => loadAgent(encodeCheckpoint({ tensors: {}, values: {} })), {
      name: 'CheckpointError',
      message: 'checkpoint: it holds no agent',
    });
    const other = { ...file, network: { ...file.network, hidden: [9] } };
    assert.throws(() => loadAgent(bytesOfAgent(other)), {
      name: 'CheckpointError',
      message: /its agent cannot be read: agent\.actor\.0\.\w+: expected a Float32Array \[9.*, got \[6/,
    });
  });
});
