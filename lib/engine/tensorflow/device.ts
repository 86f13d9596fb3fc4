import { EngineError } from '../../errors.ts';
import type { Maybe } from '../../nouns.ts';
import { type Backend, backends } from './backends.ts';
import { type Loaded, loadTf, nameOf, type Tensor, type TensorContainer, type Tf } from './tf.ts';

/** TensorFlow.js on one of its backends. */
export class Device {
  readonly tf: Tf;
  readonly backend: Backend;
  /** What computes, and its driver, where that is told. */
  readonly adapter: string | undefined;
  /** Whether a graphics processor was asked for, and the processor itself plays it. */
  readonly isImitated: boolean;
  readonly #check: () => void;

  /**
   * The device of a backend; of the fastest that works here, if none is named.
   *
   * @throws EngineError if it does not work here, with the line to type where something is to be installed
   */
  static async open(backend?: Backend): Promise<Device> {
    return backend === undefined ? openBest() : openNamed(backend);
  }

  constructor({ tf, adapter, isImitated, check }: Loaded, backend: Backend) {
    this.tf = tf;
    this.backend = backend;
    this.adapter = adapter;
    this.isImitated = isImitated;
    this.#check = check;
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

  /** The numbers of a tensor, which is given back. @throws EngineError if the device has failed since the last time */
  read(tensor: Tensor): Maybe<Float32Array> {
    if (!this.isAsync) {
      const numbers = tensor.dataSync() as Float32Array;
      tensor.dispose();
      return numbers;
    }
    return tensor.data().then((numbers) => {
      tensor.dispose();
      this.#check();
      return numbers as Float32Array;
    });
  }
}

async function openNamed(backend: Backend): Promise<Device> {
  const loaded = await loadTf(backend);
  if (backend === 'node-gpu' && loaded.isImitated)
    throw new EngineError(
      'tensorflow:node-gpu: no CUDA device is used; it needs CUDA 11.2 and cuDNN 8.1. tensorflow:node does without',
    );
  return new Device(loaded, backend);
}

async function openBest(): Promise<Device> {
  const reasons: string[] = [];
  for (const backend of backends)
    try {
      const loaded = await loadTf(backend);
      // The processor itself is faster than when it plays a graphics processor.
      if (!loaded.isImitated) return new Device(loaded, backend);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      reasons.push(error.message);
    }
  throw new EngineError(`tensorflow: no backend works here\n  ${reasons.join('\n  ')}`);
}
