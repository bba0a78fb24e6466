import {
  type ComponentChild,
  type ComponentType,
  h,
  type JSX,
  type PartialInputHTMLAttributes,
  type VNode,
} from 'preact';

export type Child = ComponentChild | readonly Child[];

type Elements = JSX.IntrinsicElements;
/** The type of a field may be known only when it is drawn, so its properties are those of all types together. */
type PropsOf<Name extends keyof Elements> = Name extends 'input' ? FieldProps : Elements[Name];
type FieldProps = PartialInputHTMLAttributes<HTMLInputElement> & { readonly type?: string };
type Make<Name extends keyof Elements> = (props: PropsOf<Name>, ...children: Child[]) => VNode;

const makers: Record<string, unknown> = {};

/** An element of HTML or SVG: `html.button({ type: 'submit' }, 'Sign in')`. Children that are text stay text. */
export const html = new Proxy(makers as { readonly [Name in keyof Elements]: Make<Name> }, {
  get: (_, name: string) => {
    makers[name] ??= (props: object, ...children: ComponentChild[]) => h(name, props, ...children);
    return makers[name];
  },
});

/** A component with its properties: `use(Dialog, { title })`. */
export const use = <Props extends object>(
  component: ComponentType<Props>,
  props: Props & { key?: string | number },
  ...children: Child[]
): VNode => h(component as ComponentType<object>, props, ...(children as ComponentChild[]));
