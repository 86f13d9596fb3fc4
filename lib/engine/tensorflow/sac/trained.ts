import type { Device } from '../device.ts';
import { FlatOptimizer, type Shapes } from '../flatOptimizer.ts';
import type { Tensor1D } from '../tf.ts';
import { PartedVector } from './partedVector.ts';

/** Parameters on a device, and the Adam that moves them. */
export class Trained {
  readonly parameters: PartedVector;
  readonly optimizer: FlatOptimizer;
  readonly #device: Device;

  /** Parameters are 0 until they are assigned. */
  constructor(device: Device, shapes: Shapes, eps: number) {
    this.parameters = new PartedVector(device, shapes);
    const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, eps, weightDecay: 0 } as const;
    this.optimizer = new FlatOptimizer(device, shapes, adam);
    this.#device = device;
  }

  /** @param gradient a vector like the parameters' */
  step(gradient: Tensor1D, learningRate: number): void {
    const { vector } = this.parameters;
    this.#device.tidy(() => this.parameters.assign(this.optimizer.step(vector, gradient, learningRate)));
  }

  dispose(): void {
    this.parameters.dispose();
    this.optimizer.forget();
  }
}
