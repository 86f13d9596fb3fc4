/** Where tensors can be computed, the fastest first. */
export const backends = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;
export type Backend = (typeof backends)[number];

const plain = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];

/** The packages that each backend needs, all of them the user's to install. In a browser WebGPU is there. */
export const packages: Readonly<Record<Backend, readonly string[]>> = {
  'node-gpu': ['@tensorflow/tfjs-node-gpu'],
  node: ['@tensorflow/tfjs-node'],
  webgpu: [...plain, '@tensorflow/tfjs-backend-webgpu', 'webgpu'],
  wasm: [...plain, '@tensorflow/tfjs-backend-wasm'],
  cpu: [...plain, '@tensorflow/tfjs-backend-cpu'],
};
