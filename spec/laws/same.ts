import { Breach } from './breach.ts';
import { differenceOf } from './difference.ts';

/** @throws Breach at the first place where two pieces of plain data are not the same, bit by bit */
export function same(expected: unknown, got: unknown, path: string): void {
  const difference = differenceOf(expected, got, path);
  if (!difference) return;
  const { path: field, ...values } = difference;
  throw new Breach({ field, ...values });
}
