import { memoryCell } from '../../../../lib/engine/tensorflow/cells.ts';
import type { Device } from '../../../../lib/engine/tensorflow/device.ts';
import type { Tensor, Tensor2D, Tensor3D } from '../../../../lib/engine/tensorflow/tf.ts';
import type { MemoryKind } from '../../../../lib/engine/wasm/memory/cells.ts';
import type { MemorySizes } from '../../../../lib/engine/wasm/memory/memory.ts';
import { type Rows, type Segment, tensorShapes } from '../wasm/memory/segment.ts';

/** Outputs, last state and gradients of a segment, computed on a device by a cell of tensors; its inputs are linear. */
export async function learnOn(device: Device, kind: MemoryKind, sizes: MemorySizes, segment: Segment) {
  const { tf } = device;
  const names = Object.keys(segment.weights);
  const shapes = tensorShapes(kind, sizes);
  const tensors = device.tidy(() => {
    const cube = (steps: readonly Rows[]) => tf.tensor(steps as number[][][]) as Tensor3D;
    const matrix = (rows: Rows) => tf.tensor(rows as number[][]) as Tensor2D;
    const weights = names.map((name) => tf.tensor(segment.weights[name] as number[], [...shapes[name]]));
    const given = [cube(segment.inputs), matrix(segment.state), ...weights];
    const apply = ([inputs, state, ...weights]: Tensor[]) => {
      const cell = memoryCell(device, kind, (name) => weights[names.indexOf(name)]);
      return cell(inputs as Tensor3D, state as Tensor2D, matrix(segment.keep));
    };
    const loss = (...given: Tensor[]) => {
      const { outputs, state } = apply(given);
      const sum = tf.sum(tf.mul(outputs, cube(segment.dOutputs)));
      return segment.dState ? tf.add(sum, tf.sum(tf.mul(state, matrix(segment.dState)))) : sum;
    };
    const { outputs, state } = apply(given);
    return [outputs, state, ...tf.grads(loss as (...given: Tensor[]) => Tensor)(given)];
  });
  const [outputs, state, dInputs, dState, ...gradients] = await Promise.all(
    tensors.map((tensor) => device.read(tensor)),
  );
  return {
    ...{ outputs, state, dInputs, dState },
    gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i]])),
  };
}
