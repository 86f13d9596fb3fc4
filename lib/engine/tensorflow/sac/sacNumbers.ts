import type { Maybe, Saved } from '../../../nouns.ts';
import { after } from '../../../workers/crew.ts';
import type { SacActor } from '../../wasm/sac/sacActor.ts';
import type { TwinCritic } from '../../wasm/sac/twinCritic.ts';
import type { Device } from '../device.ts';
import { namedTensors, type Shapes } from '../flatOptimizer.ts';
import type { Tensor1D, Variable } from '../tf.ts';
import { PartedVector } from './partedVector.ts';
import { Trained } from './trained.ts';

/** Of the names in a save. */
const TARGET = 'target.';
const OPTIMIZER = 'optimizer.';
const LOG_ALPHA = 'logAlpha';

/** All numbers that SAC's updates change, on a device. */
export class SacNumbers {
  readonly actor: Trained;
  readonly critics: Trained;
  readonly targets: PartedVector;
  /** [1] */
  readonly logAlpha: Trained;
  /** What updates have told, added up. */
  readonly sums: Variable;
  readonly #device: Device;

  /** All 0. @param sums how many */
  constructor(device: Device, actor: SacActor, critic: TwinCritic, adamEps: number, sums: number) {
    const { tf } = device;
    const [ofActor, ofCritics]: Shapes[] = [actor, critic].map(({ segments }) =>
      segments.map(({ name, shape }) => [name, shape]),
    );
    this.#device = device;
    this.actor = new Trained(device, ofActor, adamEps);
    this.critics = new Trained(device, ofCritics, adamEps);
    this.targets = new PartedVector(
      device,
      ofCritics.map(([name, shape]) => [TARGET + name, shape]),
    );
    this.logAlpha = new Trained(device, [[LOG_ALPHA, [1]]], adamEps);
    this.sums = device.tidy(() => tf.variable(tf.zeros([sums])));
  }

  /** Takes on the actor's tensors and a `SacLearner`'s save; sums begin anew. */
  write({ tensors, values }: Saved): void {
    const { tf } = this.#device;
    const all = { ...tensors, ...partsOfAlpha(tensors) };
    this.#device.tidy(() => {
      for (const vector of this.#vectors) {
        const numbers = vector.shapes.flatMap(([name]) => Array.from(all[name].data));
        vector.assign(tf.tensor1d(numbers));
      }
    });
    for (const { parameters, optimizer } of this.#trained) {
      const moments = ['m.', 'v.'].flatMap((prefix) =>
        parameters.shapes.map(([name]) => [prefix + name, all[OPTIMIZER + prefix + name]] as const),
      );
      optimizer.load({ tensors: Object.fromEntries(moments), values });
    }
    this.clearSums();
  }

  clearSums(): void {
    this.#device.tidy(() => this.sums.assign(this.#device.tf.zerosLike(this.sums)));
  }

  /** The sums, and tensors by their names in a save: the actor's weights, or (`isAll`) all that `write` takes. */
  read(isAll: boolean): Maybe<{ readonly sums: Float32Array; readonly tensors: Saved['tensors'] }> {
    const { tf } = this.#device;
    const { sums, actor } = this;
    const parts = isAll ? [...this.#vectors, ...this.#moments] : [actor.parameters];
    const vectors = [sums as unknown as Tensor1D, ...parts.map(({ vector }) => vector)];
    const read = this.#device.read(this.#device.tidy(() => tf.concat1d(vectors)));
    return after(read, (numbers) => {
      const shapes = parts.flatMap((part) => part.shapes);
      const tensors = namedTensors(shapes, numbers.subarray(sums.size));
      return { sums: numbers.slice(0, sums.size), tensors: isAll ? withAlpha(tensors) : tensors };
    });
  }

  dispose(): void {
    for (const part of [...this.#trained, this.targets, this.sums]) part.dispose();
  }

  get #trained(): readonly Trained[] {
    return [this.actor, this.critics, this.logAlpha];
  }

  get #vectors(): readonly PartedVector[] {
    return [...this.#trained.map(({ parameters }) => parameters), this.targets];
  }

  get #moments(): readonly Readonly<{ shapes: Shapes; vector: Tensor1D }>[] {
    return this.#trained.flatMap(({ parameters, optimizer }) =>
      optimizer.moments.map((vector, k) => {
        const prefix = OPTIMIZER + ['m.', 'v.'][k];
        return { shapes: parameters.shapes.map(([name, shape]) => [prefix + name, shape]), vector };
      }),
    );
  }
}

/** log α and its moments: in a save one tensor, with names of their own on the device. */
const alphaNames = [LOG_ALPHA, `${OPTIMIZER}m.${LOG_ALPHA}`, `${OPTIMIZER}v.${LOG_ALPHA}`];

function partsOfAlpha({ [LOG_ALPHA]: { data } }: Saved['tensors']): Saved['tensors'] {
  return Object.fromEntries(
    alphaNames.map((name, k) => [name, { shape: [1], data: Float32Array.of(data[k]) }]),
  );
}

function withAlpha(tensors: Saved['tensors']): Saved['tensors'] {
  const others = Object.entries(tensors).filter(([name]) => !alphaNames.includes(name));
  const data = Float64Array.from(alphaNames, (name) => tensors[name].data[0]);
  return { ...Object.fromEntries(others), [LOG_ALPHA]: { shape: [alphaNames.length], data } };
}
