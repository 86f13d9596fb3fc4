import type { Device } from '../device.ts';
import type { Tensor, Variable } from '../tf.ts';
import { PartedVector } from './partedVector.ts';

export interface AdamConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
}

/** Parameters, and the moments of their gradients. @see arXiv:1412.6980, in PyTorch's form */
export class Adam {
  readonly parameters: PartedVector;
  readonly m: Variable;
  readonly v: Variable;
  readonly #device: Device;
  readonly #config: AdamConfig;

  /** All 0. */
  constructor(device: Device, shapes: readonly (readonly number[])[], config: AdamConfig) {
    const { tf } = device;
    this.parameters = new PartedVector(device, shapes);
    const zeros = () => device.tidy(() => tf.variable(tf.zerosLike(this.parameters.vector)));
    this.m = zeros();
    this.v = zeros();
    this.#device = device;
    this.#config = config;
  }

  /** One step by a gradient like the parameters' vector, the `updates`th. */
  step(gradient: Tensor, learningRate: number, updates: number): void {
    const { tf } = this.#device;
    const { beta1, beta2, eps } = this.#config;
    const correction = (beta: number) => 1 - beta ** updates;
    this.#device.tidy(() => {
      this.m.assign(tf.add(tf.mul(this.m, beta1), tf.mul(gradient, 1 - beta1)));
      this.v.assign(tf.add(tf.mul(this.v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const root = tf.add(tf.sqrt(tf.div(this.v, correction(beta2))), eps);
      const step = tf.div(tf.mul(this.m, learningRate / correction(beta1)), root);
      this.parameters.assign(tf.sub(this.parameters.vector, step));
    });
  }

  dispose(): void {
    this.parameters.dispose();
    this.m.dispose();
    this.v.dispose();
  }
}
