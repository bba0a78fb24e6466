import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Question } from '../session/questions.ts';
import { mayDo } from '../session/rights.ts';
import { common } from '../text/words.ts';
import { alarm } from './announce.ts';
import { html } from './html.ts';

export interface ActionProps {
  readonly label: string;
  /** What it needs. Without the right the button stays, and says why it does nothing. Absent: what is one's own. */
  readonly needs?: Question | undefined;
  readonly onAct: () => void;
  readonly tone?: 'primary' | 'danger' | 'plain';
  /** Another reason why it cannot be done now. */
  readonly hindrance?: string | undefined;
}

/** Why something may not be done; undefined where it may, or while that is not known. */
export const refusalOf = (needs: Question): string | undefined =>
  mayDo(needs)?.isAllowed === false ? common().notAllowed(needs.action) : undefined;

/**
 * A button for what needs a right. Where it is missing the button can be reached still, by keyboard too, and tells the reason:
 * a button that is switched off tells nothing.
 */
export const Action = ({ label, needs, onAct, tone = 'plain', hindrance }: ActionProps): VNode => {
  const isTelling = useSignal(false);
  const id = useId();
  const reason = hindrance ?? (needs && refusalOf(needs));
  const isOff = (needs && !mayDo(needs)) || reason !== undefined;
  const act = (): void => {
    if (!isOff) onAct();
    else if (reason !== undefined) {
      isTelling.value = true;
      alarm(reason);
    }
  };
  return html.span(
    { class: 'action' },
    html.button(
      {
        type: 'button',
        class: tone === 'plain' ? '' : tone,
        'aria-disabled': isOff ? 'true' : 'false',
        ...(reason === undefined ? {} : { title: reason, 'aria-describedby': id }),
        onClick: act,
        onBlur: () => {
          isTelling.value = false;
        },
      },
      label,
    ),
    reason !== undefined && html.span({ id, class: isTelling.value ? 'reason' : 'unseen' }, reason),
  );
};
