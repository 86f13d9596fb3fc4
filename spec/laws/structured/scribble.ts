/** Writes into plain data, at every depth, and adds what puts it back to `undo`. */
export function scribble(value: unknown, undo: (() => void)[]): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (ArrayBuffer.isView(value)) {
    const array = value as Float32Array;
    const before = array.slice();
    undo.push(() => array.set(before));
    for (let i = 0; i < array.length; i++) array[i] = other(array[i]) as number;
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    scribble(inner, undo);
    const changed = other(inner);
    if (changed === inner || !Object.getOwnPropertyDescriptor(value, name)?.writable) continue;
    undo.push(() => Object.assign(value, { [name]: inner }));
    Object.assign(value, { [name]: changed });
  }
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'bigint') return value + 1n;
  return typeof value === 'boolean' ? !value : value;
}
