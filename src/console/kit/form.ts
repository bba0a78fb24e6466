import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useId } from 'preact/hooks';
import { type Child, html, use } from './html.ts';
import { lazily } from './lazily.ts';

/** What went wrong is loaded when something does. */
const Fault = lazily(async () => (await import('./fault.ts')).Fault);

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** Said below the field. */
  readonly hint?: string;
  readonly type?: 'text' | 'password' | 'email' | 'number' | 'search' | 'datetime-local';
  readonly isRequired?: boolean;
  readonly isReadOnly?: boolean;
  readonly autocomplete?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Takes the focus when it appears. */
  readonly isFirst?: boolean;
}

/** A field with its label above and its hint below. */
export const Field = (field: FieldProps): VNode => {
  const id = useId();
  const hintId = `${id}-hint`;
  return html.div(
    { class: 'field' },
    html.label({ for: id }, field.label),
    html.input({
      id,
      type: field.type ?? 'text',
      value: field.value,
      required: field.isRequired ?? false,
      readOnly: field.isReadOnly ?? false,
      autoComplete: field.autocomplete ?? 'off',
      spellcheck: false,
      maxLength: field.maxLength ?? 1000,
      ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
      ...(field.pattern === undefined ? {} : { pattern: field.pattern }),
      ...(field.hint === undefined ? {} : { 'aria-describedby': hintId }),
      ...(field.isFirst ? { autoFocus: true } : {}),
      onInput: (event) => field.onValue(event.currentTarget.value),
    }),
    field.hint !== undefined && html.p({ id: hintId, class: 'hint' }, field.hint),
  );
};

export interface AreaProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly rows: number;
  /** Takes the focus when it appears. */
  readonly isFirst?: boolean;
}

/** A text of several lines. */
export const Area = ({ label, value, onValue, hint, rows, isFirst = false }: AreaProps): VNode => {
  const id = useId();
  const hintId = `${id}-hint`;
  return html.div(
    { class: 'field' },
    html.label({ for: id }, label),
    html.textarea({
      id,
      rows,
      value,
      spellcheck: false,
      ...(hint === undefined ? {} : { 'aria-describedby': hintId }),
      ...(isFirst ? { autoFocus: true } : {}),
      onInput: (event) => onValue(event.currentTarget.value),
    }),
    hint !== undefined && html.p({ id: hintId, class: 'hint' }, hint),
  );
};

export interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly onValue: (value: Value) => void;
  readonly hint?: string;
}

/** One of several. */
export const Choice = <Value extends string>({
  label,
  value,
  options,
  onValue,
  hint,
}: ChoiceProps<Value>): VNode => {
  const id = useId();
  return html.div(
    { class: 'field' },
    html.label({ for: id }, label),
    html.select(
      { id, value, onChange: (event) => onValue(event.currentTarget.value as Value) },
      options.map(([each, name]) => html.option({ value: each, key: each, selected: each === value }, name)),
    ),
    hint !== undefined && html.p({ class: 'hint' }, hint),
  );
};

/** Yes or no. */
export const Switch = ({
  label,
  isOn,
  onChange,
  hint,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  hint?: string;
}): VNode => {
  const id = useId();
  return html.div(
    { class: 'field inline' },
    html.input({
      id,
      type: 'checkbox',
      checked: isOn,
      onChange: (event) => onChange(event.currentTarget.checked),
    }),
    html.label({ for: id }, label),
    hint !== undefined && html.p({ class: 'hint' }, hint),
  );
};

export interface FormProps {
  /** The button that sends it. */
  readonly action: string;
  /** Sends it. What it throws is shown, and the fields stay as they are. */
  readonly onSend: () => Promise<void>;
  /** A button beside it that leaves the form. */
  readonly cancel?: { readonly label: string; readonly onCancel: () => void };
  /** The button stands out as one that destroys. */
  readonly isDestroying?: boolean;
  readonly isReady?: boolean;
  readonly children?: unknown;
}

/** A form that is sent once at a time and keeps what was typed when it fails. */
export const Form = ({
  action,
  onSend,
  cancel,
  isDestroying = false,
  isReady = true,
  children,
}: FormProps): VNode => {
  const fault = useSignal<Error | undefined>(undefined);
  const isBusy = useSignal(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    fault.value = undefined;
    try {
      await onSend();
    } catch (error) {
      fault.value = error as Error;
    } finally {
      isBusy.value = false;
    }
  };
  return html.form(
    { onSubmit: send },
    children as Child,
    fault.value && use(Fault, { fault: fault.value }),
    html.div(
      { class: 'buttons' },
      cancel &&
        html.button({ type: 'button', onClick: cancel.onCancel, autoFocus: isDestroying }, cancel.label),
      html.button(
        {
          type: 'submit',
          class: isDestroying ? 'danger' : 'primary',
          disabled: !isReady,
          'aria-busy': isBusy.value ? 'true' : 'false',
        },
        action,
      ),
    ),
  );
};
