import { test } from 'node:test';
import { type Component, needs } from '../support/component.ts';

/** Executes one claim of a page: the title begins with its number. */
export type Check = (title: string, body: () => Promise<void>) => void;

/** Checks that need these components, and why they are skipped where one is absent. */
export const checksWith = (...components: Component[]): { check: Check; skip: string | false } => {
  const { skip } = needs(...components);
  return { skip, check: (title, body) => void test(title, { skip }, body) };
};
