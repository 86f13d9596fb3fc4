import type { Backend } from '../lib/engine/tensorflow/backends.ts';
import { Device } from '../lib/engine/tensorflow/device.ts';
import type { Tensor } from '../lib/engine/tensorflow/tf.ts';

/** What a backend answers, when it is asked for a product of matrices and its gradient. */
export interface Trial {
  readonly works: boolean;
  /** What computes, and its driver, where that is told. */
  readonly adapter?: string;
  /** Whether the processor itself plays a graphics processor. */
  readonly isImitated?: boolean;
  /** Of TensorFlow.js. */
  readonly version?: string;
  /** Why it does not work. */
  readonly reason?: string;
}

/** d/dw Σ (x·w)² = 2xᵀ(x·w), for x = [[1, 2], [3, 4]] and w = [½, −¼]ᵀ */
const gradient = [3, 4];

async function attempt(backend: Backend): Promise<Trial> {
  const device = await Device.open(backend);
  const { tf, adapter, isImitated } = device;
  const computed = device.tidy(() => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const loss = (w: Tensor) => tf.sum(tf.square(tf.matMul(x, w)));
    return tf.grad(loss)(tf.tensor2d([0.5, -0.25], [2, 1]));
  });
  const found = Array.from(await device.read(computed));
  const works = gradient.every((expected, i) => Math.abs(found[i] - expected) < 1e-4);
  const version = tf.version_core;
  if (works) return { works, adapter, isImitated, version };
  return { works, adapter, version, reason: `expected a gradient of ${gradient}, got ${found}` };
}

// Run for itself alone, as a backend may bring down its process.
try {
  const trial = await attempt(process.argv[2] as Backend);
  process.send?.(trial, () => process.exit());
} catch (error) {
  process.send?.({ works: false, reason: (error as Error).message }, () => process.exit());
}
