export { cartPole } from './cartPole.ts';
export { corridor } from './corridor.ts';
