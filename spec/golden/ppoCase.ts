import assert from 'node:assert/strict';
import { Arena } from '../../lib/arena.ts';
import { configure } from '../../lib/config.ts';
import { ActorCritic } from '../../lib/engine/wasm/actorCritic.ts';
import { PpoLearner, type PpoLearnerConfig } from '../../lib/engine/wasm/ppoLearner.ts';
import { networkSchema } from '../../lib/network.ts';
import type { Saved, Tensor } from '../../lib/nouns.ts';
import type { Estimate, Losses } from '../../lib/records.ts';
import { immediate } from '../../lib/workers/crew.ts';
import { assertClose, golden } from './golden.ts';

export type Weights = Record<string, number[] | number[][]>;

export interface Case {
  kind: 'categorical' | 'multidiscrete' | 'gaussian';
  obs_dim: number;
  hidden: number;
  /** Choices; multi-discrete: of each component; Gaussian: dimensions. */
  action: number | number[];
  batch: number;
  config: {
    clip_coef: number;
    vf_clip: number;
    ent_coef: number;
    vf_coef: number;
    norm_adv: boolean;
    clip_vloss: boolean;
    dual_clip: number;
    max_grad_norm: number;
  };
  weights: Weights;
  batch_data: {
    obs: number[][];
    actions: number[] | number[][];
    old_logprobs: number[];
    advantages: number[];
    returns: number[];
    old_values: number[];
  };
  outputs: Record<string, number>;
  grads_total: Weights;
  grads_total_dual_clip: Weights;
  grad_norm: number;
  grads_clipped: Weights;
  adam: {
    lr: number;
    betas: [number, number];
    eps: number;
    steps: number;
    history: { loss: number; grad_norm: number }[];
    weights: Weights;
  };
  muon: {
    lr: number;
    momentum: number;
    weight_decay: number;
    history: { loss: number; grad_norm: number }[];
    weights: Weights;
  };
}

export const { cases } = golden<{ cases: Case[] }>('ppo_loss');

/** The reference's tensors by our names. Its log-deviations are a matrix of one row. */
export function ours(weights: Weights): Weights {
  const { actor_logstd: logStd, ...rest } = weights;
  return { ...rest, ...(logStd && { logStd: logStd.flat() }) };
}

/** The case's network, a learner of it, and an update by the whole batch. */
export function open(data: Case, deterministic: boolean, given: Partial<PpoLearnerConfig> = {}) {
  const { kind, obs_dim, hidden, action, batch, config, adam, batch_data } = data;
  const network = configure(networkSchema, { hidden: [hidden, hidden], activation: 'tanh' });
  const arena = new Arena(2 ** 22, { deterministic });
  const tensors = Object.entries(ours(data.weights)).map(([name, values]) => [name, tensor(values)] as const);
  const policy =
    kind === 'gaussian' ? { choices: [], dimensions: action as number } : { choices: [action].flat() };
  const options = { inputs: obs_dim, ...policy, network };
  const actorCritic = ActorCritic.from(options, Object.fromEntries(tensors), arena);
  const learnerConfig: PpoLearnerConfig = {
    learningRate: adam.lr,
    adamEps: adam.eps,
    normAdv: config.norm_adv,
    clipCoef: config.clip_coef,
    clipVloss: config.clip_vloss,
    entCoef: config.ent_coef,
    vfCoef: config.vf_coef,
    maxGradNorm: config.max_grad_norm,
    ...given,
  };
  const learner = new PpoLearner(actorCritic, learnerConfig, () => 0);
  const columns = arena.take({
    observations: ['f32', batch * obs_dim],
    actions: [kind === 'gaussian' ? 'f32' : 'i32', batch_data.actions.flat().length],
    logProbs: ['f32', batch],
    advantages: ['f32', batch],
    returns: ['f32', batch],
    values: ['f32', batch],
    order: ['u32', batch],
  });
  columns.observations.set(batch_data.obs.flat());
  columns.actions.set(batch_data.actions.flat());
  columns.logProbs.set(batch_data.old_logprobs);
  columns.advantages.set(batch_data.advantages);
  columns.returns.set(batch_data.returns);
  columns.values.set(batch_data.old_values);
  columns.order.set(Array.from({ length: batch }, (_, i) => i));
  const minibatch = {
    kind: 'minibatch',
    columns: columns as unknown as Estimate,
    indices: columns.order,
  } as const;
  const update = () => immediate(learner.update(minibatch));
  return { actorCritic, learner, config: learnerConfig, minibatch, update };
}

function tensor(values: number[] | number[][]): Tensor {
  const rows = values as (number | number[])[];
  const shape = Array.isArray(rows[0]) ? [rows.length, rows[0].length] : [rows.length];
  return { shape, data: Float32Array.from(rows.flat()) };
}

export function assertWeights(
  actual: Readonly<Record<string, Tensor>>,
  expected: Weights,
  tolerance: number,
  scale: number,
) {
  const named = ours(expected);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(named).sort());
  for (const [name, values] of Object.entries(named)) {
    assertClose(actual[name].data, (values as number[]).flat(), tolerance, name, scale);
  }
}

/** @param suffix of the names in the reference: with or without dual clip */
export function assertLosses(losses: Losses, { outputs, config }: Case, suffix: string) {
  const expected = {
    policyLoss: outputs[`policy_loss${suffix}`],
    valueLoss: config.clip_vloss ? outputs.value_loss_clipped : outputs.value_loss_unclipped,
    entropy: outputs.entropy,
    approxKl: outputs.approx_kl,
    oldApproxKl: outputs.old_approx_kl,
    clipFraction: outputs.clipfrac,
    loss: outputs[`total_loss${suffix}`],
  };
  for (const [name, value] of Object.entries(expected)) assertClose([losses[name]], [value], 1e-5, name, 1);
}

/** The clipped gradients, by a learner's state: after one step of Adam the first moment is (1 − β₁) times them. */
export function assertClipped({ tensors }: Saved, { adam, grads_clipped, grad_norm, config }: Case) {
  const moments = Object.entries(tensors).filter(([name]) => name.startsWith('m.'));
  const clipped = moments.map(([name, { shape, data: m }]) => {
    const gradient = Float32Array.from(m as Float32Array, (value) => value / (1 - adam.betas[0]));
    return [name.slice(2), { shape, data: gradient }] as const;
  });
  const scale = Math.min(grad_norm, config.max_grad_norm);
  assertWeights(Object.fromEntries(clipped), grads_clipped, 1e-4, scale);
}
