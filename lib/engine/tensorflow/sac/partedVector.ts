import type { Device } from '../device.ts';
import { type Shapes, sizeOf } from '../flatOptimizer.ts';
import { splitVector } from '../splitVector.ts';
import type { Tensor, Tensor1D, Variable } from '../tf.ts';

/** Numbers as one vector, for few large operations, and as the tensors that it is made of, one after the other. */
export class PartedVector {
  readonly shapes: Shapes;
  readonly parts: readonly Variable[];
  readonly #device: Device;
  readonly #vector: Variable;

  /** All 0. */
  constructor(device: Device, shapes: Shapes) {
    const { tf } = device;
    const zeros = (shape: readonly number[]) => device.tidy(() => tf.variable(tf.zeros([...shape])));
    this.shapes = shapes;
    this.parts = shapes.map(([, shape]) => zeros(shape));
    this.#device = device;
    this.#vector = zeros([shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0)]);
  }

  get vector(): Tensor1D {
    return this.#vector as unknown as Tensor1D;
  }

  assign(vector: Tensor1D): void {
    const { tf } = this.#device;
    this.#device.tidy(() => {
      const sizes = this.parts.map(({ size }) => size);
      const split = splitVector(this.#device, vector, sizes);
      for (const [k, part] of this.parts.entries()) part.assign(tf.reshape(split[k], part.shape));
      this.#vector.assign(tf.clone(vector) as Tensor);
    });
  }

  dispose(): void {
    for (const variable of [this.#vector, ...this.parts]) variable.dispose();
  }
}

/** Tensors as one vector. */
export function flat({ tf }: Device, tensors: readonly Tensor[]): Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1])));
}
