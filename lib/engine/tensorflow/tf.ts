import type * as TfCore from '@tensorflow/tfjs-core';
import { EngineError } from '../../errors.ts';
import { platform } from '../../platform.ts';
import { type Backend, packages } from './backends.ts';

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

/** TensorFlow.js with one backend. */
export interface Loaded {
  readonly tf: Tf;
  /** What computes, and its driver, where that is told. */
  readonly adapter?: string;
  /** Whether a graphics processor was asked for, and the processor itself plays it. */
  readonly isImitated: boolean;
  /** @throws EngineError if the device has complained since the last time, which does not stop it */
  check(): void;
}

/**
 * What is found from here, in Node, and by a bundler for a browser, to which `catch` says that it may be missing; other
 * packages are for Node alone.
 */
const near: Readonly<Record<string, () => Promise<unknown>>> = {
  '@tensorflow/tfjs-core': () => import('@tensorflow/tfjs-core').catch(notMissing),
  '@tensorflow/tfjs-layers': () => import('@tensorflow/tfjs-layers').catch(notMissing),
  '@tensorflow/tfjs-backend-cpu': () => import('@tensorflow/tfjs-backend-cpu').catch(notMissing),
  '@tensorflow/tfjs-backend-wasm': () => import('@tensorflow/tfjs-backend-wasm').catch(notMissing),
  '@tensorflow/tfjs-backend-webgpu': () => import('@tensorflow/tfjs-backend-webgpu').catch(notMissing),
};

/**
 * Loads TensorFlow.js with one backend, which becomes the present one.
 *
 * @throws EngineError with the line to type if packages are missing, or with the reason if it does not start
 */
export async function loadTf(backend: Backend): Promise<Loaded> {
  const modules = await loadPackages(backend);
  // It has all others in it where it is a package of its own; tfjs-layers brings the gradients of all operations.
  const tf = modules[0] as Tf;
  // No advertisements; a backend that is slower than others says so.
  tf.enableProdMode();
  try {
    if (backend === 'webgpu') return await startWebGpu(tf, modules[2] as WebGpuModule);
    const name = nameOf(backend);
    if (!(await platform.withoutHandlers(() => tf.setBackend(name)))) throw new Error('it does not start');
  } catch (error) {
    throw failure(backend, error);
  }
  if (backend !== 'node' && backend !== 'node-gpu') return { tf, isImitated: false, check: nothing };
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  const isImitated = backend === 'node-gpu' && !isUsingGpuDevice;
  return { tf, adapter: isUsingGpuDevice ? 'CUDA' : 'CPU', isImitated, check: nothing };
}

function nothing(): void {}

/** What TensorFlow.js calls a backend. */
export function nameOf(backend: Backend): string {
  return backend === 'node' || backend === 'node-gpu' ? 'tensorflow' : backend;
}

async function loadPackages(backend: Backend): Promise<unknown[]> {
  const modules: unknown[] = [];
  const missing: string[] = [];
  for (const name of packages[backend])
    try {
      modules.push(name === 'webgpu' ? await platform.bringWebGpu() : await load(name));
    } catch (error) {
      if (!isMissing(error)) throw failure(backend, error);
      missing.push(name);
    }
  if (missing.length > 0)
    throw new EngineError(`tensorflow:${backend} is not installed: npm i ${missing.join(' ')}`);
  return modules;
}

async function load(name: string): Promise<unknown> {
  return (await near[name]?.()) ?? platform.importFromUser(name);
}

function notMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function failure(backend: Backend, error: unknown): EngineError {
  const { message = String(error) } = (error ?? {}) as Partial<Error>;
  return new EngineError(`tensorflow:${backend}: ${message}`, { cause: error });
}

type WebGpuModule = typeof import('@tensorflow/tfjs-backend-webgpu');

/** As much of these as the adapter has; a shader may be given 8 buffers otherwise, and an addN of 8 tensors needs 9. */
const limits = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const;

let started: Promise<Omit<Loaded, 'tf'>> | undefined;

async function startWebGpu(tf: Tf, module: WebGpuModule): Promise<Loaded> {
  started ??= registerWebGpu(tf, module);
  try {
    const loaded = await started;
    if (!(await tf.setBackend('webgpu'))) throw new Error('it does not start');
    return { tf, ...loaded };
  } catch (error) {
    started = undefined;
    throw error;
  }
}

/** As the backend does it itself, but that what is missing, what is wrong and what the adapter is can be known. */
async function registerWebGpu(tf: Tf, { WebGPUBackend }: WebGpuModule): Promise<Omit<Loaded, 'tf'>> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new Error(
      'expected a graphics processor and its driver (on Linux Vulkan’s, and libvulkan1), found none',
    );
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, adapter.limits[name]]));
  const device = await adapter.requestDevice({ requiredLimits });
  let fault: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    fault ??= event.error.message;
  });
  const { info } = adapter;
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, info));
  const { vendor, architecture, description } = info;
  return {
    adapter: [vendor, architecture, description].filter((part) => part !== '').join(', '),
    isImitated: info.isFallbackAdapter,
    check() {
      if (fault === undefined) return;
      // What was computed is wrong, without any other sign.
      const error = new EngineError(`tensorflow:webgpu: ${fault}`);
      fault = undefined;
      throw error;
    },
  };
}
