import { DivergenceError } from '../../../errors.ts';
import type { Maybe, Saved } from '../../../nouns.ts';
import type { Losses, Minibatch } from '../../../records.ts';
import type { Experience } from '../../../replay.ts';
import { at } from '../../../schedule.ts';
import { after } from '../../../workers/crew.ts';
import type { DeviceLearner } from '../../engine.ts';
import type { SacActor } from '../../wasm/sac/sacActor.ts';
import { type NoiseSource, noiseOf } from '../../wasm/sac/sacGradients.ts';
import { SacLearner, type SacLearnerConfig } from '../../wasm/sac/sacLearner.ts';
import type { TwinCritic } from '../../wasm/sac/twinCritic.ts';
import type { Device } from '../device.ts';
import { Pending } from '../pending.ts';
import { ExperienceReader } from './experienceReader.ts';
import { SacNumbers } from './sacNumbers.ts';
import { SacSteps, told } from './sacSteps.ts';

export interface TfSacLearnerOptions {
  /** Where the actions' noise comes from; by default from the seed, the update and the sample, as on the wasm engine. */
  readonly noise?: NoiseSource;
}

/**
 * `SacLearner` on a device: the same losses and steps in the same order, by the same noise, saved in the same form. A
 * learner of the wasm engine keeps what was last fetched from the device, and is what is saved and loaded.
 *
 * @see SacLearner; reference data: spec/golden/sac_loss.json
 */
export class TfSacLearner implements DeviceLearner<Experience> {
  readonly #device: Device;
  readonly #actor: SacActor;
  readonly #config: SacLearnerConfig;
  readonly #progress: () => number;
  readonly #reader: ExperienceReader;
  readonly #kept: SacLearner;
  readonly #numbers: SacNumbers;
  readonly #steps: SacSteps;
  /** Updates of the device's numbers; undefined: it has yet to read the networks. */
  readonly #pending = new Pending();
  #updates: number | undefined;
  /** Updates whose losses have not been told. */
  #untold = 0;
  /** Whether what is kept is not the latest. */
  #isBehind = false;

  /**
   * @param progress how much of the run is done, in [0, 1]: what the schedules go by
   * @throws RangeError unless alpha and adamEps are positive
   */
  constructor(
    device: Device,
    actor: SacActor,
    critic: TwinCritic,
    config: SacLearnerConfig,
    progress: () => number,
    { noise = noiseOf(config.seed) }: TfSacLearnerOptions = {},
  ) {
    this.#device = device;
    this.#actor = actor;
    this.#config = config;
    this.#progress = progress;
    this.#reader = new ExperienceReader(device, actor, noise);
    // It takes no steps: room for the gradients of one sample is enough.
    this.#kept = new SacLearner(actor, critic, { ...config, batchSize: 1 }, progress);
    this.#numbers = new SacNumbers(device, actor, critic, config.adamEps, told.length);
    this.#steps = new SacSteps(device, actor, config, this.#numbers);
  }

  get isBusy(): boolean {
    return this.#pending.isOn;
  }

  /** Writes the samples' errors where they are asked for: only then it waits for the device. */
  update(minibatch: Minibatch<Experience>): Maybe<Losses> {
    return this.#pending.next(() => this.#pending.hold(this.#update(minibatch)));
  }

  #update(minibatch: Minibatch<Experience>): Maybe<Losses> {
    const { errors } = minibatch.columns;
    const { policyLearningRate, qLearningRate } = this.#config;
    const updates = this.#updates ?? this.#readNetworks();
    const found = this.#device.tidy(() => {
      const batch = this.#reader.read(minibatch, updates);
      const [actorRate, criticRate] = [policyLearningRate, qLearningRate].map((rate) =>
        at(rate, this.#progress()),
      );
      const found = this.#steps.update(batch, actorRate, criticRate);
      return errors ? [found] : [];
    });
    this.#updates = updates + 1;
    this.#untold++;
    this.#isBehind = true;
    if (!errors) return {};
    return after(this.#device.read(found[0]), (numbers) => {
      errors.fill(0);
      errors.set(numbers);
      return {};
    });
  }

  /**
   * Of the networks only the actor, which acts, is written where the device's numbers can be had at any time: `save`
   * fetches the rest. Elsewhere all are written.
   *
   * @throws DivergenceError, the networks being untouched, if a loss or weight is no longer finite; the device's are not
   *   taken back: the run is over
   */
  publish(): Maybe<Losses> {
    return this.#pending.next(() => this.#pending.hold(this.#publish()));
  }

  #publish(): Maybe<Losses> {
    const untold = this.#untold;
    if (untold === 0) return {};
    this.#untold = 0;
    const sums = this.#fetch(this.#device.isAsync);
    this.#numbers.clearSums();
    return after(sums, (numbers) => this.#lossesOf(numbers, untold));
  }

  /** As it is now, or (where the device answers later) was at the last `publish`; so are the networks then. */
  save(): Saved {
    if (this.#isBehind && !this.#device.isAsync) void this.#fetch(true);
    return this.#kept.save();
  }

  load(saved: Saved): void {
    this.#kept.load(saved);
    this.#updates = undefined;
    this.#untold = 0;
    this.#isBehind = false;
  }

  close(): void {
    this.#numbers.dispose();
    this.#steps.dispose();
  }

  /** Answers with the updates so far. */
  #readNetworks(): number {
    const { tensors, values } = this.#kept.save();
    this.#numbers.write({ tensors: { ...tensors, ...this.#actor.tensors() }, values });
    return values.updates as number;
  }

  /** Writes the actor, or all, to the networks; answers with the sums. */
  #fetch(isAll: boolean): Maybe<Float32Array> {
    const updates = this.#updates as number;
    return after(this.#numbers.read(isAll), ({ sums, tensors }) => {
      checkFinite({ losses: { shape: [sums.length], data: sums }, ...tensors }, updates);
      this.#actor.assign(tensors, this.#actor.parameters);
      this.#actor.pack();
      if (isAll) {
        const names = new Set(this.#actor.segments.map(({ name }) => name));
        const others = Object.entries(tensors).filter(([name]) => !names.has(name));
        this.#kept.load({ tensors: Object.fromEntries(others), values: { updates } });
        this.#isBehind = updates !== this.#updates;
      }
      return sums;
    });
  }

  #lossesOf(sums: Float32Array, updates: number): Losses {
    const names = this.#config.autotune ? told : told.filter((name) => name !== 'alphaLoss');
    return Object.fromEntries(names.map((name, k) => [name, sums[k] / updates]));
  }
}

function checkFinite(tensors: Saved['tensors'], updates: number): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i]))
        throw new DivergenceError(
          `update ${updates - 1}: expected finite losses and weights, got ${name}[${i}] = ${data[i]}`,
        );
    }
  }
}
