/** column[s][…] ← 0 where masks[s] is 0, of n rows of `floats` floats. */
export function keepRows(column: usize, floats: i32, masks: usize, n: i32): void {
  const pitch = <usize>floats << 2;
  for (let s = 0; s < n; s++, column += pitch) {
    if (load<f32>(masks + (<usize>s << 2)) == 0) memory.fill(column, 0, pitch);
  }
}
