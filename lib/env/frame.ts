/** A picture: RGB bytes [height, width, 3] from the top left. */
export interface Frame {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
