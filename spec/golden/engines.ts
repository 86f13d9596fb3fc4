import { engineName } from '../../cli/engines.ts';
import { Device } from '../../lib/engine/tensorflow/device.ts';
import { EngineError } from '../../lib/errors.ts';

/** As `test:golden -- --engine tensorflow:cpu` has it; then this alone is tested, and has to be there. */
const asked = process.env.GOLDEN_ENGINE;
const names = asked ? [asked] : ['tensorflow:cpu', 'tensorflow:wasm', 'tensorflow:webgpu'];
/** `webgpu` is no package of ours: where it does not work, its tests wait. */
const absent = asked ? undefined : await reasonAgainst('tensorflow:webgpu');

export interface DeviceOptions {
  /** Test a graphics processor, too, that the processor itself plays: minutes, for what the reference data hold already. */
  readonly imitated?: boolean;
}

/** Describes the same tests for each TensorFlow device. @param device is there while tests run */
export function forEachDevice(
  define: (name: string, device: () => Device) => void,
  { imitated = true }: DeviceOptions = {},
): void {
  for (const name of names) {
    if (name === 'wasm') continue;
    const reason = absent?.reason ?? (imitated ? undefined : absent?.imitation);
    if (name === 'tensorflow:webgpu' && reason !== undefined) {
      it(reason);
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

/** Whether the processor plays this device, which was not asked for by name: each of its cases takes many seconds. */
export function isSlow(name: string): boolean {
  return name === 'tensorflow:webgpu' && absent?.imitation !== undefined;
}

function open(name: string): Promise<Device> {
  const chosen = engineName(name);
  return Device.open(chosen.engine === 'tensorflow' ? chosen.backend : undefined);
}

/** Why a device is not tested: it does not work, or it is an imitation. */
async function reasonAgainst(name: string): Promise<{ reason?: string; imitation?: string }> {
  try {
    const { isImitated } = await open(name);
    return isImitated ? { imitation: `${name} is played by the processor: left to the reference data` } : {};
  } catch (error) {
    if (error instanceof EngineError) return { reason: error.message };
    throw error;
  }
}
