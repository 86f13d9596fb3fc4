import { Arena } from '../../lib/arena.ts';
import { SacActor } from '../../lib/engine/wasm/sac/sacActor.ts';
import { SacLearner } from '../../lib/engine/wasm/sac/sacLearner.ts';
import { TwinCritic } from '../../lib/engine/wasm/sac/twinCritic.ts';
import type { Tensor } from '../../lib/nouns.ts';
import type { Experience } from '../../lib/replay.ts';
import { immediate } from '../../lib/workers/crew.ts';
import { assertClose, golden } from './golden.ts';

type Weights = Record<string, number[] | number[][]>;

interface Case {
  obs_dim: number;
  action_dim: number;
  hidden: number;
  batch: number;
  action_low: number[];
  action_high: number[];
  gamma: number;
  tau: number;
  lr_q: number;
  lr_policy: number;
  weights: Record<Network, Weights> & { log_alpha: number };
  obs: number[][];
  next_obs: number[][];
  actions: number[][];
  rewards: number[];
  dones: number[];
  eps_next: number[][];
  eps_pi: number[][];
  eps_alpha: number[][];
  isolated: Record<string, number> & {
    grad_qf1: Weights;
    grad_qf2: Weights;
    grad_actor: Weights;
    pi_actions: number[][];
    pi_log_prob: number[];
    next_actions: number[][];
    next_log_pi: number[];
    deterministic_action: number[][];
  };
  after_one_update: {
    actor_loss: number;
    alpha_loss: number;
    weights: Record<Network, Weights> & { log_alpha: number };
  };
}

type Network = 'actor' | 'qf1' | 'qf2' | 'qf1_target' | 'qf2_target';

const { cases } = golden<{ cases: Case[] }>('sac_loss');

/** CleanRL's name of a layer as ours. */
const layers: Record<string, string> = { fc1: '0', fc2: '2', fc3: '4', fc_mean: 'mean', fc_logstd: 'logStd' };

function named(prefix: string, weights: Weights): [string, Tensor][] {
  return Object.entries(weights).map(([name, values]) => {
    const [layer, kind] = name.split('.');
    const rows = values as (number | number[])[];
    const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
    return [`${prefix}.${layers[layer]}.${kind}`, { shape, data: Float32Array.from(rows.flat()) }];
  });
}

/** @param scale of the learning rates and tau: 0 leaves all weights as they are */
function open(data: Case, deterministic: boolean, scale: number) {
  const { obs_dim, action_dim, hidden, batch, weights } = data;
  const gains = { hidden: 1, policy: 1, value: 1 };
  const network = { hidden: [hidden, hidden], activation: 'relu', gains, normalizeBytes: true } as const;
  const options = { inputs: obs_dim, low: data.action_low, high: data.action_high, network };
  const arena = new Arena(2 ** 22, { deterministic });
  const actor = new SacActor(options, arena);
  const critic = new TwinCritic(options, arena);
  const sources = { next: data.eps_next, actor: data.eps_pi, alpha: data.eps_alpha };
  const stride = arena.kernels.stride();
  const setNoise = (pointer: number, values: number[][]) => {
    const noise = new Float32Array(arena.memory.buffer, pointer, action_dim * stride);
    values.forEach((row, s) => {
      for (const [k, value] of row.entries()) noise[k * stride + s] = value;
    });
  };
  const config = {
    seed: 1,
    batchSize: batch,
    policyLearningRate: scale * data.lr_policy,
    qLearningRate: scale * data.lr_q,
    tau: scale * data.tau,
    alpha: 1,
    autotune: true,
    adamEps: 1e-8,
  };
  const learner = new SacLearner(actor, critic, config, () => 0, {
    noise: (pass, use) => setNoise(pass.noise, sources[use]),
  });
  const saved = learner.save();
  actor.load(Object.fromEntries(named('actor', weights.actor)));
  learner.load({
    ...saved,
    tensors: {
      ...saved.tensors,
      ...Object.fromEntries(
        ['qf1', 'qf2'].flatMap((name) => [
          ...named(name, weights[name as Network]),
          ...named(`target.${name}`, weights[`${name}_target` as Network]),
        ]),
      ),
      logAlpha: { shape: [3], data: Float64Array.of(weights.log_alpha, 0, 0) },
    },
  });
  const columns = arena.take({
    observations: ['f32', batch * obs_dim],
    nextObservations: ['f32', batch * obs_dim],
    actions: ['f32', batch * action_dim],
    returns: ['f32', batch],
    discounts: ['f32', batch],
    indices: ['u32', batch],
  });
  columns.observations.set(data.obs.flat());
  columns.nextObservations.set(data.next_obs.flat());
  columns.actions.set(data.actions.flat());
  columns.returns.set(data.rewards);
  columns.discounts.set(data.dones.map((done) => data.gamma * (1 - done)));
  columns.indices.set(data.rewards.map((_, i) => i));
  const { indices, ...own } = columns;
  const minibatch = {
    kind: 'minibatch',
    columns: { ...own, nextIndices: indices } satisfies Experience,
    indices,
  } as const;
  /** Acts on observations of the minibatch, with noise or (none) by the mean. */
  const act = (observations: Float32Array, noise?: number[][]) => {
    const [pass] = actor.passes;
    pass.read(observations, 0, 0, batch);
    if (noise) setNoise(pass.noise, noise);
    pass.act(noise ? pass.noise : 0, batch, false);
    const block = new Float32Array(arena.memory.buffer, pass.actions, action_dim * stride);
    const actions = data.rewards.map((_, s) =>
      Array.from({ length: action_dim }, (_, k) => block[k * stride + s]),
    );
    return { actions: actions.flat(), logProbs: pass.logProbs.subarray(0, batch) };
  };
  return { actor, critic, learner, columns, act, update: () => immediate(learner.update(minibatch)) };
}

function assertTensors(
  actual: Readonly<Record<string, Tensor>>,
  expected: [string, Tensor][],
  tolerance: number,
  scale: number,
) {
  for (const [name, { data }] of expected) {
    assertClose(actual[name].data as Float32Array, data as unknown as Float32Array, tolerance, name, scale);
  }
}

/** The length of a gradient. */
function normOf(...weights: Weights[]): number {
  const all = weights.flatMap((each) => Object.values(each).flatMap((values) => (values as number[]).flat()));
  return Math.sqrt(all.reduce((sum, value) => sum + value * value, 0));
}

describe('golden: soft actor-critic against PyTorch', () => {
  for (const build of ['simd', 'relaxed-simd']) {
    for (const [index, data] of cases.entries()) {
      const { isolated, after_one_update: after } = data;
      const title = `case ${index}, ${build}`;

      it(`${title}: actions and their log-probabilities, saturated ones too`, () => {
        const { act, columns } = open(data, build === 'simd', 0);
        const next = act(columns.nextObservations, data.eps_next);
        assertClose(next.actions, isolated.next_actions.flat(), 1e-5, 'next_actions');
        assertClose(next.logProbs, isolated.next_log_pi, 1e-5, 'next_log_pi');
        const { actions, logProbs } = act(columns.observations, data.eps_pi);
        assertClose(actions, isolated.pi_actions.flat(), 1e-5, 'pi_actions');
        assertClose(logProbs, isolated.pi_log_prob, 1e-5, 'pi_log_prob');
        const greedy = act(columns.observations).actions;
        assertClose(greedy, isolated.deterministic_action.flat(), 1e-5, 'deterministic_action');
      });

      it(`${title}: losses and gradients by the weights as they are`, () => {
        const { learner, actor, critic, update } = open(data, build === 'simd', 0);
        const losses = update();
        const expected = {
          qf1Loss: isolated.qf1_loss,
          qf2Loss: isolated.qf2_loss,
          actorLoss: isolated.actor_loss,
          alphaLoss: isolated.alpha_loss,
          alpha: isolated.alpha,
        };
        for (const [name, value] of Object.entries(expected))
          assertClose([losses[name]], [value], 1e-5, name, Math.max(1, Math.abs(value)));
        const { grad_qf1, grad_qf2, grad_actor } = isolated;
        const critics = critic.tensors(learner.gradients.critic);
        assertTensors(critics, named('qf1', grad_qf1), 1e-4, normOf(grad_qf1));
        assertTensors(critics, named('qf2', grad_qf2), 1e-4, normOf(grad_qf2));
        const own = actor.tensors(learner.gradients.actor);
        assertTensors(own, named('actor', grad_actor), 1e-4, normOf(grad_actor));
      });

      it(`${title}: one update of all weights`, () => {
        const { learner, actor, update } = open(data, build === 'simd', 1);
        const losses = update();
        assertClose([losses.actorLoss], [after.actor_loss], 2e-5, 'actorLoss', 1);
        assertClose([losses.alphaLoss], [after.alpha_loss], 2e-5, 'alphaLoss', 1);
        const { weights } = after;
        const { tensors } = learner.save();
        assertTensors(actor.tensors(), named('actor', weights.actor), 1e-5, 1);
        for (const name of ['qf1', 'qf2'] as const) {
          assertTensors(tensors, named(name, weights[name]), 1e-5, 1);
          assertTensors(tensors, named(`target.${name}`, weights[`${name}_target`]), 1e-6, 1);
        }
        assertClose([tensors.logAlpha.data[0]], [weights.log_alpha], 1e-6, 'log_alpha');
      });
    }
  }
});
