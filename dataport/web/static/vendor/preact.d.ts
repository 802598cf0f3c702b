// What the pages use of preact, signals and htm, for the checker alone.
export interface Signal<T> { value: T; peek(): T }
export function signal<T>(value: T): Signal<T>;
export function computed<T>(work: () => T): Signal<T>;
export function effect(work: () => void): () => void;
export function batch<T>(work: () => T): T;
export function untracked<T>(work: () => T): T;
export function useSignal<T>(value: T): Signal<T>;
export function useComputed<T>(work: () => T): Signal<T>;
export function useSignalEffect(work: () => void): void;
export function html(strings: TemplateStringsArray, ...values: unknown[]): any;
export function h(type: any, props: any, ...children: unknown[]): any;
export function render(node: any, parent: Element): void;
export const Fragment: any;
export function useState<T>(first: T | (() => T)): [T, (next: T | ((before: T) => T)) => void];
export function useEffect(work: () => void | (() => void), when?: unknown[]): void;
export function useLayoutEffect(work: () => void | (() => void), when?: unknown[]): void;
export function useRef<T>(first: T): { current: T };
export function useMemo<T>(work: () => T, when: unknown[]): T;
export function useCallback<T>(work: T, when: unknown[]): T;
export function useId(): string;
