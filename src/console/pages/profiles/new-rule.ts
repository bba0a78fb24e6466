import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ProfileClient } from '../../../client/profiles.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Choice, Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Add a rule',
    issuer: 'Issuer',
    issuerHint: 'iss of its tokens, as the operator declared it',
    seconds: 'Seconds that a session may last',
    claim: 'Claim',
    operator: 'Operator',
    value: 'Value',
    valueHint: 'For IN: values with commas between',
    more: 'Another condition',
    warning: 'The rule is made. To know:',
  },
  {
    title: '규칙 추가',
    issuer: '발급자',
    issuerHint: '운영자가 선언한 발급자의 iss 값',
    seconds: '세션이 지속되는 시간(초)',
    claim: '클레임',
    operator: '연산자',
    value: '값',
    valueHint: 'IN에는 쉼표로 구분한 값',
    more: '조건 추가',
    warning: '규칙을 만들었습니다. 참고:',
  },
);

type Operator = 'EQUALS' | 'IN' | 'NOT_EQUALS' | 'CONTAINS' | 'EQUALS_IGNORE_CASE';
const OPERATORS: readonly Operator[] = ['EQUALS', 'IN', 'NOT_EQUALS', 'CONTAINS', 'EQUALS_IGNORE_CASE'];

interface Condition {
  readonly claim: string;
  readonly operator: Operator;
  readonly value: string;
}

const FIRST: readonly Condition[] = [{ claim: 'repository_id', operator: 'EQUALS', value: '' }];

const written = ({ operator, value }: Condition): string =>
  JSON.stringify(operator === 'IN' ? value.split(',').map((each) => each.trim()) : value.trim());

export interface NewRuleProps {
  readonly add: (rule: Parameters<ProfileClient['addRule']>[1]) => ReturnType<ProfileClient['addRule']>;
  readonly onClose: () => void;
}

/** A rule for tokens of a declared issuer. What the server warns of is shown before the dialog closes. */
export const NewRule = ({ add, onClose }: NewRuleProps): VNode => {
  const name = useSignal('');
  const issuer = useSignal('https://token.actions.githubusercontent.com');
  const seconds = useSignal('3600');
  const conditions = useSignal(FIRST);
  const warnings = useSignal<readonly string[]>([]);
  const set = (at: number, change: Partial<Condition>): void => {
    conditions.value = conditions.value.map((each, index) => (index === at ? { ...each, ...change } : each));
  };
  const send = async (): Promise<void> => {
    const rule = await add({
      type: 'Profile-CR',
      cr_type: 'OIDC',
      realm_name: issuer.value.trim(),
      expiration: Number(seconds.value),
      ...(name.value.trim() ? { name: name.value.trim() } : {}),
      conditions: conditions.value.map((each) => ({
        claim: each.claim.trim(),
        operator: each.operator,
        value: written(each),
      })),
    });
    if (!rule.warnings || rule.warnings.length === 0) onClose();
    else warnings.value = rule.warnings;
  };
  if (warnings.value.length > 0)
    return use(
      Dialog,
      { title: text().title, onClose },
      html.p({}, text().warning),
      html.ul(
        { lang: 'en' },
        warnings.value.map((each) => html.li({ key: each }, visible(each))),
      ),
      html.div({ class: 'buttons' }, html.button({ type: 'button', onClick: onClose }, common().close)),
    );
  return use(
    Dialog,
    { title: text().title, onClose },
    use(
      Form,
      { action: common().add, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: common().name,
        value: name.value,
        isFirst: true,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(Field, {
        label: text().issuer,
        hint: text().issuerHint,
        value: issuer.value,
        isRequired: true,
        onValue: (value) => {
          issuer.value = value;
        },
      }),
      use(Field, {
        label: text().seconds,
        type: 'number',
        value: seconds.value,
        onValue: (value) => {
          seconds.value = value;
        },
      }),
      conditions.value.map((condition, index) =>
        use(OneCondition, { key: index, condition, onChange: (change) => set(index, change) }),
      ),
      html.button(
        {
          type: 'button',
          onClick: () => {
            conditions.value = [...conditions.value, { claim: '', operator: 'EQUALS', value: '' }];
          },
        },
        text().more,
      ),
    ),
  );
};

const OneCondition = ({
  condition: { claim, operator, value },
  onChange,
}: {
  condition: Condition;
  onChange: (change: Partial<Condition>) => void;
}): VNode =>
  html.div(
    { class: 'fields' },
    use(Field, {
      label: text().claim,
      value: claim,
      isRequired: true,
      maxLength: 200,
      onValue: (next) => onChange({ claim: next }),
    }),
    use(Choice<Operator>, {
      label: text().operator,
      value: operator,
      options: OPERATORS.map((each) => [each, each] as const),
      onValue: (next) => onChange({ operator: next }),
    }),
    use(Field, {
      label: text().value,
      value,
      isRequired: true,
      ...(operator === 'IN' ? { hint: text().valueHint } : {}),
      onValue: (next) => onChange({ value: next }),
    }),
  );
