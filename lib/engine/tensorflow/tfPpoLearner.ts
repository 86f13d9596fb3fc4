import { DivergenceError } from '../../errors.ts';
import type { Maybe, Saved } from '../../nouns.ts';
import type { Bootstrapped, Estimate, Losses, Minibatch } from '../../records.ts';
import { at } from '../../schedule.ts';
import { after } from '../../workers/crew.ts';
import type { DeviceLearner, DevicePpoConfig, Weights } from '../engine.ts';
import { checkDualClip, OWN_LOSSES, savedPenalty, writeRatios } from '../wasm/ppoLearner.ts';
import type { Device } from './device.ts';
import { FlatOptimizer, namedTensors, type Shapes, sizeOf } from './flatOptimizer.ts';
import { logProbabilities } from './logProbabilities.ts';
import { type Gatherable, MinibatchStage, type MinibatchTensors } from './minibatchTensors.ts';
import { Pending } from './pending.ts';
import type { Outputs, TensorPolicy } from './policy.ts';
import { type PpoLossSettings, ppoLoss, ppoLosses } from './ppoLoss.ts';
import { splitVector } from './splitVector.ts';
import type { Scalar, Tensor, Tensor1D, Tf } from './tf.ts';

/**
 * A loss of one's own, a single number whose gradient TensorFlow finds. What it returns besides `loss` is reported.
 *
 * @param ppo PPO's loss, to be added to
 */
export type OwnLoss = (
  outputs: Outputs,
  minibatch: MinibatchTensors,
  ppo: Scalar,
  tf: Tf,
) => Tensor | (Readonly<{ loss: Tensor }> & Readonly<Record<string, Tensor>>);

export interface TfPpoOptions {
  /** Absent: PPO's loss. */
  readonly loss?: OwnLoss;
}

/** The network that acts, and whose observations and actions are learned from. */
export type ActingNetwork = Pick<Weights, 'tensors' | 'load'> & Gatherable;

/**
 * Proximal policy optimization on a device: `PpoLearner`, but for parts of a loss and optimizers that are made for it.
 * What it saves is as of the last time it published.
 *
 * @see arXiv:1707.06347
 */
export class TfPpoLearner implements DeviceLearner<Estimate> {
  readonly #device: Device;
  readonly #policy: TensorPolicy;
  readonly #network: ActingNetwork;
  readonly #config: DevicePpoConfig;
  readonly #progress: () => number;
  readonly #loss: OwnLoss | undefined;
  readonly #shapes: Shapes;
  readonly #stage: MinibatchStage;
  readonly #optimizer: FlatOptimizer;
  readonly #pending = new Pending();
  /** All weights, one after another; undefined: they are to be read of the network. */
  #weights: Tensor1D | undefined;
  #gradients: Tensor1D | undefined;
  /** What has been reported of the updates since the last publication, added up. */
  #sums: Tensor1D | undefined;
  #updates = 0;
  /** When the rollout began that is learned from. */
  #t: number | undefined;
  #names: readonly string[] = [];
  /** What the penalty on the approximate KL (r − 1 − log r) is multiplied by. */
  klCoef: number;

  /**
   * @param policy what is trained, of which this disposes when it is closed
   * @param network what acts; its tensors have the names of the policy's variables, and may be more
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @throws RangeError naming a setting that the optimizer cannot step by, or a dualClip that is neither 0 nor above 1
   */
  constructor(
    device: Device,
    policy: TensorPolicy,
    network: ActingNetwork,
    config: DevicePpoConfig,
    progress: () => number,
    options: TfPpoOptions = {},
  ) {
    checkDualClip(config);
    this.#device = device;
    this.#policy = policy;
    this.#network = network;
    this.#config = config;
    this.#progress = progress;
    this.#loss = options.loss;
    this.klCoef = config.klCoef ?? 0;
    this.#shapes = policy.variables.map(([name, { shape }]) => [name, shape]);
    this.#stage = new MinibatchStage(network);
    this.#optimizer = new FlatOptimizer(device, this.#shapes, {
      kind: config.optimizer ?? 'adam',
      beta1: config.beta1 ?? 0.9,
      beta2: config.beta2 ?? 0.999,
      eps: config.adamEps,
      weightDecay: config.weightDecay ?? 0,
    });
  }

  get isBusy(): boolean {
    return this.#pending.isOn;
  }

  /**
   * Enqueues a step; what is reported of it waits for `publish`, unless targetKl asks for it. What was learned of another
   * rollout and not published, since its update was abandoned, is published first.
   */
  update(minibatch: Minibatch<Estimate>): Maybe<Losses> {
    const { t } = minibatch.columns;
    return this.#pending.next(() => {
      const left = this.#updates > 0 && t !== this.#t ? this.#publishNow() : {};
      this.#t = t;
      return this.#pending.hold(after(left, () => this.#update(minibatch)) as Maybe<Losses>);
    });
  }

  #update(minibatch: Minibatch<Estimate>): Maybe<Losses> {
    this.#check(minibatch);
    const { normAdv, learningRate, refresh, targetKl = 0 } = this.#config;
    this.#stage.gather(minibatch);
    if (!this.#stage.gatherEstimates(minibatch, normAdv))
      throw new RangeError('update: expected a transition that counts, got weights of 0 only');
    const progress = this.#progress();
    const settings = this.#settings(progress);
    const [wanted] = this.#device.tidy((): Tensor[] => {
      this.#begin();
      const { report, judged } = this.#step(settings, at(learningRate, progress));
      const parts = [...(targetKl > 0 ? [report] : []), ...judged];
      return parts.length > 0 ? [this.#device.tf.concat(parts)] : [];
    });
    this.#updates++;
    if (!wanted) return {};
    const order = this.#stage.order.slice();
    return after(this.#device.read(wanted), (numbers) => {
      const reported = targetKl > 0 ? this.#names.length : 0;
      if (refresh) refreshRatios(minibatch, order, numbers.subarray(reported));
      return reported > 0 ? this.#named(numbers) : {};
    });
  }

  judge(minibatch: Minibatch<Bootstrapped>): Maybe<void> {
    return this.#pending.next(() => this.#pending.hold(this.#judge(minibatch)));
  }

  #judge(minibatch: Minibatch<Bootstrapped>): Maybe<void> {
    if (!minibatch.columns.ratios)
      throw new TypeError('judge: expected a rollout with room for ratios, got one without');
    this.#stage.gather(minibatch);
    const { tf } = this.#device;
    const { options } = this.#network;
    const judged = this.#device.tidy(() => {
      this.#begin();
      const inputs = this.#stage.inputs(tf);
      const { policy, values, logStd } = this.#apply(inputs);
      const { logProbs } = logProbabilities(tf, options, policy, logStd, inputs);
      return tf.concat([tf.reshape(logProbs, [-1]), tf.reshape(values, [-1])]);
    });
    const order = this.#stage.order.slice();
    return after(this.#device.read(judged), (numbers) => refreshRatios(minibatch, order, numbers));
  }

  /**
   * Writes the weights to the network that acts; answers with the mean losses of the updates since the last time.
   *
   * @throws DivergenceError, the network being untouched, if a loss or gradient was no longer finite: what has been
   *   learned since the last time is forgotten
   */
  publish(): Maybe<Losses> {
    return this.#pending.next(() => this.#pending.hold(this.#publishNow()));
  }

  #publishNow(): Maybe<Losses> {
    const [sums, weights] = [this.#sums, this.#weights];
    if (!sums || !weights) return {};
    const { tf } = this.#device;
    const all = this.#device.tidy(() => tf.concat([sums, weights, ...this.#optimizer.moments]));
    return after(this.#device.read(all), (numbers) => this.#publish(numbers));
  }

  #publish(numbers: Float32Array): Losses {
    const updates = this.#updates;
    const reported = this.#names.length;
    const means = numbers.slice(0, reported).map((sum) => sum / updates);
    const losses = this.#named(means);
    const { loss, gradNorm } = losses;
    const last = this.#optimizer.updates;
    this.#forget();
    if (!(Number.isFinite(loss) && Number.isFinite(gradNorm))) {
      this.#optimizer.revert();
      // What acts on the device acts by these.
      this.#policy.assign(this.#network.tensors());
      throw new DivergenceError(
        `updates ${last - updates} to ${last - 1}: expected finite losses and gradients, got mean loss ${loss}, mean gradient norm ${gradNorm}`,
      );
    }
    const size = this.#shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    const learned = namedTensors(this.#shapes, numbers.subarray(reported, reported + size));
    this.#optimizer.publish(numbers.subarray(reported + size));
    this.#network.load({ ...this.#network.tensors(), ...learned });
    return losses;
  }

  /** The gradient of the last update, before clipping, as named tensors. */
  gradients(): Maybe<Saved['tensors']> {
    const gradients = this.#gradients;
    if (!gradients) throw new Error('gradients: expected a learner after an update, got one before');
    return after(this.#device.read(gradients.clone()), (numbers) => namedTensors(this.#shapes, numbers));
  }

  save(): Saved {
    const { tensors, values } = this.#optimizer.save();
    return { tensors, values: { ...values, klCoef: this.klCoef } };
  }

  /** Takes the state on; what has not been published is forgotten. */
  load({ tensors, values }: Saved): void {
    const { klCoef, ...counted } = savedPenalty(values, this.#config);
    this.#optimizer.load({ tensors, values: counted });
    this.klCoef = klCoef;
    this.#forget();
  }

  close(): void {
    this.#forget();
    this.#optimizer.forget();
    this.#gradients?.dispose();
    this.#gradients = undefined;
    this.#policy.dispose();
  }

  /** Reads the network's weights, if it has not: others may have written them since they were published. */
  #begin(): void {
    if (this.#weights) return;
    const { tf } = this.#device;
    this.#policy.assign(this.#network.tensors());
    const flat = this.#policy.variables.map(([, variable]) => tf.reshape(variable, [-1]));
    this.#weights = tf.keep(tf.concat(flat) as Tensor1D);
  }

  /** Forgets the weights, which the network has or will have again, and what has been reported. */
  #forget(): void {
    this.#weights?.dispose();
    this.#sums?.dispose();
    this.#weights = undefined;
    this.#sums = undefined;
    this.#updates = 0;
  }

  #settings(progress: number): PpoLossSettings {
    const { clipCoef, clipVloss, entCoef, vfCoef, dualClip = 0 } = this.#config;
    const [clip, entropy] = [at(clipCoef, progress), at(entCoef, progress)];
    return { clipCoef: clip, clipVloss, entCoef: entropy, vfCoef, dualClip, klCoef: this.klCoef };
  }

  #apply({ observations, segments }: Pick<MinibatchTensors, 'observations' | 'segments'>): Outputs {
    if (!segments) return this.#policy.apply(observations);
    if (!this.#policy.applySegments)
      throw new TypeError('update: expected a policy with a memory, got one without applySegments');
    return this.#policy.applySegments(segments);
  }

  /** The optimizer's step; returns what is reported of it, and what the samples were judged to be before. */
  #step(settings: PpoLossSettings, learningRate: number) {
    const { tf } = this.#device;
    const { variables } = this.#policy;
    const { options } = this.#network;
    const tensors = this.#stage.tensors(tf);
    const kept: Tensor1D[] = [];
    /** Keeps what is wanted after all else in there is gone. */
    const keep = (...parts: readonly Tensor[]) => {
      kept.push(tf.keep(tf.concat(parts.map((part) => tf.reshape(part, [-1]))) as Tensor1D));
    };
    const judge = () => {
      const outputs = this.#apply(tensors);
      const ppo = ppoLoss(tf, options, outputs, tensors, settings);
      const count = ppoLosses.length;
      const { loss, ...own } = this.#lossOf(outputs, tensors, tf.reshape(tf.slice(ppo, 0, 1), []));
      this.#name(Object.keys(own));
      keep(loss, tf.slice(ppo, 1, count - 1), ...Object.values(own));
      if (this.#config.refresh) keep(tf.slice(ppo, count), outputs.values);
      return loss;
    };
    let grads: Record<string, Tensor>;
    try {
      const trained = variables.map(([, variable]) => variable);
      ({ grads } = tf.variableGrads(judge, trained));
    } catch (error) {
      for (const part of kept) part.dispose();
      throw error;
    }
    const flat = variables.map(([, { name, size }]) =>
      grads[name] ? tf.reshape(grads[name], [-1]) : tf.zeros([size]),
    );
    const gradients = tf.concat(flat) as Tensor1D;
    const norm = tf.sqrt(tf.sum(tf.square(gradients)));
    const scale = tf.minimum(tf.div(this.#config.maxGradNorm, tf.add(norm, 1e-6)), 1);
    this.#assign(this.#optimizer.step(this.#weights as Tensor1D, tf.mul(gradients, scale), learningRate));
    this.#gradients?.dispose();
    this.#gradients = tf.keep(gradients);
    const report = tf.concat([kept[0], tf.reshape(norm, [1])]);
    const judged = kept.slice(1).map((part) => part.clone());
    const sums = this.#sums;
    this.#sums = tf.keep(sums ? tf.add(sums, report) : tf.clone(report)) as Tensor1D;
    sums?.dispose();
    for (const part of kept) part.dispose();
    return { report, judged };
  }

  #lossOf(
    outputs: Outputs,
    tensors: MinibatchTensors,
    ppo: Scalar,
  ): Readonly<{ loss: Scalar }> & Readonly<Record<string, Scalar>> {
    const { tf } = this.#device;
    const own = this.#loss ? this.#loss(outputs, tensors, ppo, tf) : ppo;
    const parts = own instanceof tf.Tensor ? { loss: own } : { ...own };
    if (!('loss' in parts))
      throw new TypeError(`loss: expected a tensor, or { loss, … }, got ${own && `{ ${Object.keys(own)} }`}`);
    const scalars = Object.entries(parts).map(([name, part]) => {
      if (!(part instanceof tf.Tensor && part.size === 1)) {
        const got = part instanceof tf.Tensor ? `a tensor of shape [${part.shape}]` : typeof part;
        throw new TypeError(`loss: expected a tensor of a single number as ${name}, got ${got}`);
      }
      return [name, tf.reshape(part, []) as Scalar] as const;
    });
    return Object.fromEntries(scalars) as { loss: Scalar };
  }

  /** The names of what is reported: PPO's losses, a loss's own parts, the norm of the gradient. */
  #name(own: readonly string[]): void {
    if (this.#names.length > 0) return;
    for (const name of own)
      if (OWN_LOSSES.includes(name))
        throw new RangeError(
          `loss: expected names of its own for its parts, got ${name}, which PPO's loss has`,
        );
    this.#names = [...ppoLosses, ...own, 'gradNorm'];
  }

  #named(numbers: Float32Array): Losses {
    return Object.fromEntries(this.#names.map((name, k) => [name, numbers[k]]));
  }

  #assign(weights: Tensor1D): void {
    const { tf } = this.#device;
    const { variables } = this.#policy;
    const sizes = variables.map(([, { size }]) => size);
    const parts = splitVector(this.#device, weights, sizes);
    for (const [k, [, variable]] of variables.entries())
      variable.assign(tf.reshape(parts[k], variable.shape));
    this.#weights?.dispose();
    this.#weights = tf.keep(weights);
  }

  #check({ indices, steps = 0 }: Minibatch<Estimate>): void {
    if (indices.length === 0) throw new RangeError('update: expected a minibatch of at least one sample');
    if (this.#network.stateSize > 0 && !(steps > 0 && indices.length % steps === 0))
      throw new RangeError(
        'update: expected a minibatch of whole segments for a network with a memory, got single transitions',
      );
  }
}

/** Writes ratios and values of the transitions of `order`. @param judged their log-probabilities, then their values */
function refreshRatios(
  minibatch: Minibatch<Bootstrapped | Estimate>,
  order: Uint32Array,
  judged: Float32Array,
): void {
  const { newLogProbs, newValues } = minibatch.columns;
  const n = order.length;
  if (!newLogProbs || !newValues) return;
  for (let s = 0; s < n; s++) {
    newLogProbs[order[s]] = judged[s];
    newValues[order[s]] = judged[n + s];
  }
  writeRatios(minibatch);
}
