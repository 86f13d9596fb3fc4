export { breakoutObserve, breakoutStep } from './breakout';
export { cartPoleObserve, cartPoleReset, cartPoleStep } from './cartPole';
export { snakeObserve } from './snake';
export { squaredObserve, squaredReset, squaredStep } from './squared';
