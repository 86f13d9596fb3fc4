import assert from 'node:assert/strict';
import { instantiate, type KernelBuild, type Kernels } from '../../lib/engine/wasm/kernels.ts';
import { allowRelaxedSimd } from '../../lib/platform.ts';

allowRelaxedSimd();

/** Bytes between two arrays: more than a row of a block. */
const gap = 1024;

/** Fills memory that no array owns. As a float it is NaN: to read beyond a column shows as much as to write there. */
const poison = 0x7fc0beef;
const poisonBytes = new Uint8Array(Uint32Array.of(poison).buffer);

type Column = Float32Array | Float64Array | Uint32Array | Int32Array | Int8Array | Uint8Array;

/** The kernels of one build over a memory of their own, and a bump allocator that guards its arrays. */
export class Harness {
  readonly kernels: Kernels;
  readonly #buffer: SharedArrayBuffer;
  #columns: Column[] = [];
  #top = 0;

  constructor(build: KernelBuild, pages = 64) {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#buffer = memory.buffer as unknown as SharedArrayBuffer;
    this.kernels = instantiate(memory, build);
    new Uint32Array(this.#buffer).fill(poison);
  }

  /** Forgets all arrays. */
  reset(): void {
    new Uint32Array(this.#buffer, 0, (this.#top >>> 2) + gap).fill(poison);
    this.#columns = [];
    this.#top = 0;
  }

  /** A column of these values, or of so many uninitialised ones (NaN). */
  f32(values: ArrayLike<number> | number) {
    return this.#place(Float32Array<SharedArrayBuffer>, values);
  }

  f64(values: ArrayLike<number> | number) {
    return this.#place(Float64Array<SharedArrayBuffer>, values);
  }

  u32(values: ArrayLike<number> | number) {
    return this.#place(Uint32Array<SharedArrayBuffer>, values);
  }

  i32(values: ArrayLike<number> | number) {
    return this.#place(Int32Array<SharedArrayBuffer>, values);
  }

  i8(values: ArrayLike<number> | number) {
    return this.#place(Int8Array<SharedArrayBuffer>, values);
  }

  u8(values: ArrayLike<number> | number) {
    return this.#place(Uint8Array<SharedArrayBuffer>, values);
  }

  /** Calls a kernel; a column among the arguments stands for its pointer. */
  call(kernel: keyof Kernels, ...args: (Column | number)[]): number {
    const run = this.kernels[kernel] as (...pointers: number[]) => number;
    return run(...args.map((arg) => (typeof arg === 'number' ? arg : arg.byteOffset)));
  }

  /** @throws AssertionError if a byte outside the columns was written */
  checkGuards(): void {
    const bytes = new Uint8Array(this.#buffer, 0, this.#top + gap);
    let at = 0;
    for (const { byteOffset, byteLength } of [...this.#columns, bytes.subarray(bytes.length)]) {
      for (; at < byteOffset; at++) {
        if (bytes[at] !== poisonBytes[at & 3])
          assert.fail(`${byteOffset - at} bytes before a column were written`);
      }
      at += byteLength;
    }
  }

  #place<C extends Column>(
    Type: {
      new (buffer: SharedArrayBuffer, byteOffset: number, length: number): C;
      BYTES_PER_ELEMENT: number;
    },
    values: ArrayLike<number> | number,
  ): C {
    const offset = (this.#top + gap + 63) & ~63;
    const column = new Type(this.#buffer, offset, typeof values === 'number' ? values : values.length);
    if (typeof values !== 'number') column.set(values);
    this.#columns.push(column);
    this.#top = offset + column.byteLength;
    return column;
  }
}

/** Describes the same behaviour for both builds. */
export function forEachBuild(body: (build: KernelBuild, harness: Harness) => void): void {
  for (const build of ['simd', 'relaxed-simd'] as const) {
    describe(build, () => {
      const harness = new Harness(build);
      afterEach(() => harness.reset());
      body(build, harness);
    });
  }
}
