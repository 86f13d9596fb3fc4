import { Arena } from '../../lib/arena.ts';
import { SacActor } from '../../lib/engine/wasm/sac/sacActor.ts';
import type { NoiseSource } from '../../lib/engine/wasm/sac/sacGradients.ts';
import type { SacLearnerConfig } from '../../lib/engine/wasm/sac/sacLearner.ts';
import { TwinCritic } from '../../lib/engine/wasm/sac/twinCritic.ts';
import type { Stateful, Tensor } from '../../lib/nouns.ts';
import type { Losses } from '../../lib/records.ts';
import type { Experience } from '../../lib/replay.ts';
import { assertClose, golden } from './golden.ts';

export type Weights = Record<string, number[] | number[][]>;

export interface Case {
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

export type Network = 'actor' | 'qf1' | 'qf2' | 'qf1_target' | 'qf2_target';

export const { cases } = golden<{ cases: Case[] }>('sac_loss');

/** CleanRL's name of a layer as ours. */
const layers: Record<string, string> = { fc1: '0', fc2: '2', fc3: '4', fc_mean: 'mean', fc_logstd: 'logStd' };

export function named(prefix: string, weights: Weights): [string, Tensor][] {
  return Object.entries(weights).map(([name, values]) => {
    const [layer, kind] = name.split('.');
    const rows = values as (number | number[])[];
    const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
    return [`${prefix}.${layers[layer]}.${kind}`, { shape, data: Float32Array.from(rows.flat()) }];
  });
}

/** Makes a learner of a case's networks, which is to be given their weights. */
type MakeLearner<L> = (
  actor: SacActor,
  critic: TwinCritic,
  config: SacLearnerConfig,
  noise: NoiseSource,
) => L;

/** The case's networks and minibatch. @param scale of the learning rates and tau: 0 leaves all weights as they are */
export function openCase<L extends Stateful>(
  data: Case,
  deterministic: boolean,
  scale: number,
  make: MakeLearner<L>,
) {
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
  const learner = make(actor, critic, config, (pass, use) => setNoise(pass.noise, sources[use]));
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
  return { arena, actor, critic, learner, columns, minibatch, setNoise };
}

export function assertTensors(
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
export function normOf(...weights: Weights[]): number {
  const all = weights.flatMap((each) => Object.values(each).flatMap((values) => (values as number[]).flat()));
  return Math.sqrt(all.reduce((sum, value) => sum + value * value, 0));
}

/** By the weights as they are. */
export function assertLosses(losses: Losses, { isolated }: Case): void {
  const expected = {
    qf1Loss: isolated.qf1_loss,
    qf2Loss: isolated.qf2_loss,
    actorLoss: isolated.actor_loss,
    alphaLoss: isolated.alpha_loss,
    alpha: isolated.alpha,
  };
  for (const [name, value] of Object.entries(expected))
    assertClose([losses[name]], [value], 1e-5, name, Math.max(1, Math.abs(value)));
}
