import type { Tensor as HostTensor, Maybe } from '../../../nouns.ts';
import { after } from '../../../workers/crew.ts';
import type { SacActor } from '../../wasm/sac/sacActor.ts';
import type { TwinCritic } from '../../wasm/sac/twinCritic.ts';
import type { Device } from '../device.ts';
import type { Tensor1D, Variable } from '../tf.ts';
import { Adam } from './adam.ts';
import { PartedVector } from './partedVector.ts';

/** Of the names of the optimizers' tensors in a save. */
const OPTIMIZER = 'optimizer.';
const BETAS = { beta1: 0.9, beta2: 0.999 } as const;

type Named = Readonly<Record<string, HostTensor>>;

/** A vector, and the tensors it is saved as, one after the other. */
interface Place {
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly vector: Variable | PartedVector;
}

/** All numbers that SAC's updates change, on a device. Parameters are in the order of the networks' own tensors. */
export class SacNumbers {
  readonly actor: Adam;
  readonly critics: Adam;
  readonly targets: PartedVector;
  /** [1] */
  readonly logAlpha: Adam;
  /** What updates have told, added up. */
  readonly sums: Variable;
  readonly #device: Device;
  /** The actor's parameters first. */
  readonly #places: readonly Place[];

  /** All 0. @param sums how many */
  constructor(device: Device, actor: SacActor, critic: TwinCritic, adamEps: number, sums: number) {
    const { tf } = device;
    const [ofActor, ofCritics] = [actor, critic].map(({ segments }) =>
      segments.map(({ name, shape }) => [name, shape] as const),
    );
    const ofAlpha = [['logAlpha', [1]]] as const;
    const adam = (tensors: Place['tensors']) =>
      new Adam(
        device,
        tensors.map(([, shape]) => shape),
        { ...BETAS, eps: adamEps },
      );
    this.#device = device;
    this.actor = adam(ofActor);
    this.critics = adam(ofCritics);
    this.logAlpha = adam(ofAlpha);
    this.targets = new PartedVector(
      device,
      ofCritics.map(([, shape]) => shape),
    );
    this.sums = device.tidy(() => tf.variable(tf.zeros([sums])));
    const place = (vector: Place['vector'], tensors: Place['tensors'], prefix = '') => ({
      vector,
      tensors: tensors.map(([name, shape]) => [prefix + name, shape] as const),
    });
    const places = ({ parameters, m, v }: Adam, tensors: Place['tensors']) => [
      place(parameters, tensors),
      place(m, tensors, `${OPTIMIZER}m.`),
      place(v, tensors, `${OPTIMIZER}v.`),
    ];
    this.#places = [
      ...places(this.actor, ofActor),
      ...places(this.critics, ofCritics),
      place(this.targets, ofCritics, 'target.'),
      ...places(this.logAlpha, ofAlpha),
    ];
  }

  /** Takes on the actor's tensors and those of a `SacLearner`'s save; sums begin anew. */
  write(saved: Named): void {
    const { tf } = this.#device;
    const [value, m, v] = saved.logAlpha.data;
    const ofAlpha: Readonly<Record<string, number[]>> = {
      logAlpha: [value],
      [`${OPTIMIZER}m.logAlpha`]: [m],
      [`${OPTIMIZER}v.logAlpha`]: [v],
    };
    this.#device.tidy(() => {
      for (const { tensors, vector } of this.#places) {
        const all = tensors.flatMap(([name]) => ofAlpha[name] ?? Array.from(saved[name].data));
        vector.assign(tf.tensor1d(all));
      }
    });
    this.clearSums();
  }

  clearSums(): void {
    this.#device.tidy(() => this.sums.assign(this.#device.tf.zerosLike(this.sums)));
  }

  /** The sums, and tensors by their names in a save: the actor's, or (`isAll`) all that `write` takes. */
  read(isAll: boolean): Maybe<{ readonly sums: Float32Array; readonly tensors: Named }> {
    const { tf } = this.#device;
    const { sums } = this;
    const places = isAll ? this.#places : this.#places.slice(0, 1);
    const numbers = this.#device.tidy(() => {
      const vectors = places.map(({ vector }) => (vector instanceof PartedVector ? vector.vector : vector));
      return tf.concat1d([sums, ...vectors] as unknown as Tensor1D[]);
    });
    return after(this.#device.read(numbers), (read) => {
      const tensors: Record<string, HostTensor> = {};
      let from = sums.size;
      for (const [name, shape] of places.flatMap(({ tensors }) => tensors)) {
        const end = from + shape.reduce((product, length) => product * length, 1);
        tensors[name] = { shape, data: read.slice(from, end) };
        from = end;
      }
      return { sums: read.slice(0, sums.size), tensors: isAll ? withAlpha(tensors) : tensors };
    });
  }

  dispose(): void {
    for (const part of [this.actor, this.critics, this.logAlpha, this.targets, this.sums]) part.dispose();
  }
}

/** log α and its moments as one tensor. */
function withAlpha(tensors: Record<string, HostTensor>): Named {
  const names = ['logAlpha', `${OPTIMIZER}m.logAlpha`, `${OPTIMIZER}v.logAlpha`];
  const data = Float64Array.from(names, (name) => tensors[name].data[0]);
  const others = Object.entries(tensors).filter(([name]) => !names.includes(name));
  return { ...Object.fromEntries(others), logAlpha: { shape: [3], data } };
}
