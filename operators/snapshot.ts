import { type MonoTypeOperatorFunction, map } from 'rxjs';

/**
 * Emits a deep copy of every record: its columns are the receiver's to keep. To be put before operators that hold on
 * to what they get, such as `bufferCount`, `pairwise`, `shareReplay`, `delay` and `observeOn`. The copy of a
 * rollout owns nothing of the ring: releasing it does nothing, and the original must still be released.
 */
export function snapshot<Record extends object>(): MonoTypeOperatorFunction<Record> {
  return map(copy);
}

function copy<Record extends object>(record: Record): Record {
  const result: { [field: string]: unknown } = {};
  // Records extend one another by inheritance, so that fields are inherited too.
  for (const field in record) {
    const value: unknown = record[field];
    if (ArrayBuffer.isView(value)) result[field] = (value as Float32Array).slice();
    else if (typeof value === 'function') result[field] = () => {};
    else result[field] = isRecord(value) ? copy(value) : value;
  }
  return result as Record;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
