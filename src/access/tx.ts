/** What the transactions of rooms above use of access: how patterns match. */
export { matchesPattern } from './decision/patterns.ts';
export { Steps } from './decision/steps.ts';
