export { cartPoleObserve, cartPoleReset, cartPoleStep } from './cartPole';
export { squaredObserve, squaredReset, squaredStep } from './squared';
