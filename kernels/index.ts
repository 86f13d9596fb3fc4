export function block(): i32 {
  return 128;
}
