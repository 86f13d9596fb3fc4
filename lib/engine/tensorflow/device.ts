import type { Maybe } from '../../nouns.ts';
import { type Backend, loadTf, type Tensor, type TensorContainer, type Tf } from './tf.ts';

/** TensorFlow.js on one of its backends. */
export class Device {
  readonly tf: Tf;
  readonly backend: Backend;

  static async open(backend: Backend): Promise<Device> {
    return new Device(await loadTf(backend), backend);
  }

  constructor(tf: Tf, backend: Backend) {
    this.tf = tf;
    this.backend = backend;
  }

  /** Whether a tensor's numbers can be had only later. */
  get isAsync(): boolean {
    return this.backend === 'webgpu';
  }

  /** Computes on this device; all tensors that were made are given back, but for those that are returned or kept. */
  tidy<T extends TensorContainer>(compute: () => T): T {
    const { tf, backend } = this;
    // Another device may have been used since. What has been started is there at once.
    if (tf.getBackend() !== nameOf(backend)) void tf.setBackend(nameOf(backend));
    return tf.tidy(compute);
  }

  /** The numbers of a tensor, which is given back. */
  read(tensor: Tensor): Maybe<Float32Array> {
    if (!this.isAsync) {
      const numbers = tensor.dataSync() as Float32Array;
      tensor.dispose();
      return numbers;
    }
    return tensor.data().then((numbers) => {
      tensor.dispose();
      return numbers as Float32Array;
    });
  }
}

/** What TensorFlow.js calls a backend. */
function nameOf(backend: Backend): string {
  return backend === 'node' || backend === 'node-gpu' ? 'tensorflow' : backend;
}
