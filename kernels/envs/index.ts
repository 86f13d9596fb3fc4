export { cartPoleObserve, cartPoleReset, cartPoleStep } from './cartPole';
