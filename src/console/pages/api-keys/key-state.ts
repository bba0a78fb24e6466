import type { VNode } from 'preact';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { html, use } from '../../kit/html.ts';
import { Mark } from '../../kit/layout.ts';
import { Moment } from '../../kit/moment.ts';
import { iamTime, visible } from '../../text/values.ts';
import { keyWords } from './words.ts';

/** Whether a key signs in, and whether it can be changed. */
export const KeyState = ({ disabled, locked }: Pick<ApiKey, 'disabled' | 'locked'>): VNode =>
  html.span(
    { class: 'marks' },
    disabled
      ? use(Mark, { tone: 'danger' }, keyWords().disabled)
      : use(Mark, { tone: 'ok' }, keyWords().active),
    locked && use(Mark, { tone: 'plain' }, keyWords().locked),
  );

export interface Use {
  readonly at: number;
  readonly from: string | undefined;
  readonly with: string | undefined;
}

/** When a key was used last, by any of its secrets, from where and by which program. */
export const lastUseOf = ({ secrets = [], activity }: ApiKey): Use | undefined => {
  const uses = secrets.flatMap((secret): Use[] => {
    const at = iamTime(secret.last_used_at);
    return at === undefined ? [] : [{ at, from: secret.last_used_from, with: secret.last_used_with }];
  });
  const [newest] = uses.sort((a, b) => b.at - a.at);
  const signIn = iamTime(activity?.last_authn);
  if (newest || signIn === undefined) return newest;
  return { at: signIn, from: undefined, with: undefined };
};

/** The first word of what a client calls itself; all of it is in the title. */
const shortAgent = (agent: string): string => agent.split(' ', 1)[0]?.slice(0, 32) ?? '';

export const LastUse = ({ of }: { of: Use | undefined }): VNode => {
  if (!of) return html.span({ class: 'faint' }, keyWords().unused);
  return html.span(
    { class: 'use' },
    use(Moment, { at: of.at }),
    of.from !== undefined && html.code({ class: 'faint' }, visible(of.from)),
    of.with !== undefined &&
      html.bdi({ class: 'faint', title: visible(of.with) }, visible(shortAgent(of.with))),
  );
};
