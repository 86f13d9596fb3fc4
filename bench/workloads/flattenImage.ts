import { Arena, bytesOf } from '../../lib/arena.ts';
import { box } from '../../lib/space/box.ts';
import { FLATTEN_WORDS } from '../../lib/space/flattenProgram.ts';
import { layout } from '../../lib/space/layout.ts';
import type { Race } from '../race.ts';
import { uniforms } from './random.ts';

/** As many as fill 64 MB with floats, more than a cache holds. */
const IMAGES = Math.floor(64e6 / (4 * 84 * 84 * 4));

/** Four frames of 84 × 84 bytes, scaled to 0 … 1, against a copy of as many floats; in bytes of floats. */
export const flattenImage: Race = {
  name: 'flatten/image',
  rival: 'Float32Array.set',
  least: 0.5,
  open({ deterministic }) {
    const { bytes, size, program } = layout(box(0, 255, [84, 84, 4], 'u8'));
    const words = program({ normalizeBytes: true });
    const columns = {
      images: ['u8', IMAGES * bytes],
      program: ['i32', words.length],
      flat: ['f32', IMAGES * size],
    } as const;
    const arena = new Arena(bytesOf(columns), { deterministic });
    const { images, program: code, flat } = arena.take(columns);
    code.set(words);
    const uniform = uniforms(1);
    for (let i = 0; i < images.length; i++) images[i] = 256 * uniform();
    const [from, to] = [new Float32Array(flat.length), new Float32Array(flat.length)];
    from.fill(1);
    return {
      samples: 4 * flat.length,
      ours: () =>
        arena.kernels.flattenRows(
          ...([images.byteOffset, bytes, 0, IMAGES] as const),
          ...([code.byteOffset, words.length / FLATTEN_WORDS, flat.byteOffset, size] as const),
        ),
      rival: () => to.set(from),
    };
  },
};
