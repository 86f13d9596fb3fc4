import type { Tensor as HostTensor } from '../../nouns.ts';
import type { Tf, Variable } from './tf.ts';

/** Gives a variable the numbers of a tensor on the host, which are copied: some backends would keep the array. */
export function assignVariable(tf: Tf, variable: Variable, { data, shape }: HostTensor): void {
  variable.assign(tf.tensor(new Float32Array(data), [...shape], 'float32'));
}
