import type * as TfCore from '@tensorflow/tfjs-core';

export type {
  GradSaveFunc,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorContainer,
  Variable,
} from '@tensorflow/tfjs-core';

/** TensorFlow.js: the one file that imports it is this. */
export type Tf = typeof TfCore;

/** Where tensors are computed, the fastest first. */
export const backends = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof backends)[number];

/** Loads TensorFlow.js with one backend, which becomes the present one. */
export async function loadTf(backend: Backend): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs-core');
  // It brings the gradients of all operations.
  await import('@tensorflow/tfjs-layers');
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(backend)))
    throw new Error(`tensorflow: the backend ${backend} cannot be started`);
  return tf;
}
