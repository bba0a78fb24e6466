import type { VNode } from 'preact';
import { use } from '../../kit/html.ts';
import { Mark } from '../../kit/layout.ts';
import { visible } from '../../text/values.ts';
import { userWords } from './words.ts';

const TONES = { ACTIVE: 'ok', PENDING: 'plain', DISABLED: 'danger' } as const;

const isKnown = (state: string): state is keyof typeof TONES => state in TONES;

/** Whether a member may sign in. */
export const UserState = ({ state }: { state: string }): VNode =>
  isKnown(state)
    ? use(Mark, { tone: TONES[state] }, userWords()[state])
    : use(Mark, { tone: 'plain' }, visible(state));
