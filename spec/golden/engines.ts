import { engineName } from '../../cli/engines.ts';
import { Device } from '../../lib/engine/tensorflow/device.ts';
import { EngineError } from '../../lib/errors.ts';

/** As `test:golden -- --engine tensorflow:cpu` has it; then this alone is tested, and has to be there. */
const asked = process.env.GOLDEN_ENGINE;
const names = asked ? [asked] : ['tensorflow:cpu', 'tensorflow:wasm', 'tensorflow:webgpu'];
/** `webgpu` is no package of ours: where it does not work, its tests wait. */
const absent = asked ? undefined : await reasonAgainst('tensorflow:webgpu');

/** Describes the same tests for each TensorFlow device. @param device is there while tests run */
export function forEachDevice(define: (name: string, device: () => Device) => void): void {
  for (const name of names) {
    if (name === 'wasm') continue;
    if (name === 'tensorflow:webgpu' && absent !== undefined) {
      it(absent);
      continue;
    }
    describe(name, function () {
      // Shaders are compiled for the shapes of each test; for SwiftShader that takes seconds.
      if (name === 'tensorflow:webgpu') this.timeout(180_000);
      let device: Device;
      before(async () => {
        device = await open(name);
      });
      define(name, () => device);
    });
  }
}

function open(name: string): Promise<Device> {
  const chosen = engineName(name);
  return Device.open(chosen.engine === 'tensorflow' ? chosen.backend : undefined);
}

async function reasonAgainst(name: string): Promise<string | undefined> {
  try {
    await open(name);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}
