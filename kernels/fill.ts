/** Sets `bytes` bytes to `value`. */
export function fill(to: usize, value: u8, bytes: usize): void {
  memory.fill(to, value, bytes);
}
