import type { Sandbox } from '../sandbox-driver.ts';

/** A desktop as it is lent: the same one, but that disposing it gives it back, and that it is known to be drawn. */
export function lend(
  sandbox: Sandbox,
  { isDrawn, giveBack }: { readonly isDrawn: boolean; readonly giveBack: () => Promise<void> },
): Sandbox {
  return new Proxy(sandbox, {
    get(target, key) {
      if (key === Symbol.asyncDispose) return giveBack;
      if (key === 'isDrawn') return isDrawn;
      const value: unknown = Reflect.get(target, key, target);
      // Its private fields are those of the target.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
