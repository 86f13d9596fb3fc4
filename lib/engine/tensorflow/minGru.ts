import type { Device } from './device.ts';
import { inputSums } from './gates.ts';
import type { CellWeights, MemoryCell } from './memoryCell.ts';
import { lastOf, stepsOf } from './steps.ts';
import type { Tensor, Tensor2D, Tensor3D } from './tf.ts';
import { withGradient } from './withGradient.ts';

/** PufferLib 4.0's MinGRU; the wasm engine's `MinGru` has the equations. */
export function minGru(device: Device, weights: CellWeights): MemoryCell {
  const { tf } = device;
  return (inputs, states, keeps, isData) => {
    const [, rows, units] = inputs.shape;
    const after: Tensor2D[] = [];
    const keep = tf.expandDims(keeps, 2);
    let x = inputs;
    for (let l = 0; l < states.shape[1] / units; l++) {
      const before = tf.slice(states, [0, l * units], [rows, units]);
      const weight = weights(`memory.layers.${l}.weight`);
      const [v, m, p] = inputSums(device, x, weight, [undefined, undefined, undefined], isData && l === 0);
      const mix = tf.sigmoid(m);
      const carried = tf.mul(tf.sub(1, mix), keep) as Tensor3D;
      const layer = recur(device, carried, tf.mul(mix, candidate(device, v)) as Tensor3D, before);
      x = tf.add(x, tf.mul(tf.sigmoid(p), tf.sub(layer, x)));
      after.push(lastOf(device, layer));
    }
    return { outputs: x, state: tf.concat(after, 1) };
  };
}

/** g(v) = v + ½ where v ≥ 0, else σ(v). */
function candidate({ tf }: Device, v: Tensor3D): Tensor3D {
  return withGradient<Tensor3D>(
    tf,
    [v],
    () => {
      const value = tf.where(tf.greaterEqual(v, 0), tf.add(v, 0.5), tf.sigmoid(v)) as Tensor3D;
      return { value, kept: [value] };
    },
    (dy, [g]) => {
      // g(v) ≥ ½ just where v ≥ 0, but for what float32 rounds to it.
      const slope = tf.where(tf.greaterEqual(g, 0.5), tf.onesLike(g), tf.sub(g, tf.mul(g, g)));
      return [tf.mul(dy, slope)];
    },
  );
}

/**
 * s[t] = a[t] ⊙ s[t − 1] + b[t]
 *
 * @param a [T, N, units] @param b [T, N, units] @param state [N, units] before the first step
 * @returns [T, N, units]
 */
function recur(device: Device, a: Tensor3D, b: Tensor3D, state: Tensor2D): Tensor3D {
  const { tf } = device;
  return withGradient<Tensor3D>(
    tf,
    [a, b, state],
    () => {
      const [carried, added] = [stepsOf(device, a), stepsOf(device, b)];
      const states: Tensor[] = [state];
      for (let t = 0; t < carried.length; t++) states.push(tf.add(tf.mul(carried[t], states[t]), added[t]));
      return {
        value: tf.stack(states.slice(1)) as Tensor3D,
        kept: [tf.stack(states.slice(0, -1)), ...carried],
      };
    },
    (dy, [before, ...carried]) => {
      const above = stepsOf(device, dy);
      const steps = above.length;
      const d: Tensor[] = new Array(steps);
      let dState: Tensor = tf.zerosLike(above[0]);
      for (let t = steps - 1; t >= 0; t--) {
        d[t] = tf.add(above[t], dState);
        dState = tf.mul(d[t], carried[t]);
      }
      const whole = tf.stack(d);
      return [tf.mul(whole, before), whole, dState];
    },
  );
}
