export { denseBackwardInput, denseForward } from './dense';
export { denseBackwardWeights } from './denseWeights';
export { gather } from './gather';
export { block, rows, stride } from './layout';
export { pack, packTransposed } from './pack';
export { peak } from './peak';
