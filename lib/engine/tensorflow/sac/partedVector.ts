import type { Device } from '../device.ts';
import type { Tensor, Tensor1D, Variable } from '../tf.ts';

/** Numbers as one vector, for few large operations, and as the tensors that it is made of, one after the other. */
export class PartedVector {
  readonly vector: Variable;
  readonly parts: readonly Variable[];
  readonly #device: Device;

  /** All 0. */
  constructor(device: Device, shapes: readonly (readonly number[])[]) {
    const { tf } = device;
    const zeros = (shape: readonly number[]) => device.tidy(() => tf.variable(tf.zeros([...shape])));
    this.#device = device;
    this.parts = shapes.map(zeros);
    this.vector = zeros([this.parts.reduce((sum, { size }) => sum + size, 0)]);
  }

  assign(vector: Tensor): void {
    const { tf } = this.#device;
    this.#device.tidy(() => {
      this.vector.assign(tf.clone(vector));
      const sizes = this.parts.map(({ size }) => size);
      for (const [k, part] of tf.split(vector, sizes).entries())
        this.parts[k].assign(tf.reshape(part, this.parts[k].shape));
    });
  }

  dispose(): void {
    this.vector.dispose();
    for (const part of this.parts) part.dispose();
  }
}

/** Tensors as one vector. */
export function flat({ tf }: Device, tensors: readonly Tensor[]): Tensor1D {
  return tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1])));
}
